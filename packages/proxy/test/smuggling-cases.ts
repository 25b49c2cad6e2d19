/** A message that two servers might read differently. `hidden` is the request an attacker wants to be executed. */
export interface SmugglingCase {
  readonly name: string;
  readonly bytes: string;
  /** Whether it must be refused, or may be forwarded as one well-formed request. */
  readonly expect: "refused" | "refused or forwarded once";
}

const HIDDEN = "GET /hidden HTTP/1.1\r\nHost: f\r\nX-Hidden: 1\r\n\r\n";

function message(start: string, fields: readonly string[], body = ""): string {
  return [start, ...fields, "", body].join("\r\n");
}

function post(fields: readonly string[], body = ""): string {
  return message("POST /r/a HTTP/1.1", ["Host: f", ...fields], body);
}

const SHUT_CHUNKS = `0\r\n\r\n${HIDDEN}`;
const SHUT_LENGTH = HIDDEN;
const ONE_CHUNK = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;

const refused = (name: string, bytes: string): SmugglingCase => ({ name, bytes, expect: "refused" });
const tolerated = (name: string, bytes: string): SmugglingCase => ({
  name,
  bytes,
  expect: "refused or forwarded once",
});

const LENGTH_AND_CODING: readonly SmugglingCase[] = [
  refused("CL.TE", post(["Content-Length: 6", "Transfer-Encoding: chunked"], SHUT_CHUNKS)),
  refused("TE.CL", post(["Transfer-Encoding: chunked", "Content-Length: 4"], ONE_CHUNK)),
  refused(
    "CL.TE on GET",
    message("GET /r/a HTTP/1.1", ["Host: f", "Content-Length: 5", "Transfer-Encoding: chunked"], SHUT_CHUNKS),
  ),
  refused("CL of zero and TE", post(["Content-Length: 0", "Transfer-Encoding: chunked"], SHUT_CHUNKS)),
  refused("TE and empty CL", post(["Transfer-Encoding: chunked", "Content-Length:"], SHUT_CHUNKS)),
  refused("two TE", post(["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], SHUT_CHUNKS)),
  refused(
    "two TE, both chunked",
    post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], SHUT_CHUNKS),
  ),
  refused("TE: chunked, identity", post(["Transfer-Encoding: chunked, identity"], SHUT_CHUNKS)),
  refused("TE: identity, chunked", post(["Transfer-Encoding: identity, chunked"], SHUT_CHUNKS)),
  refused("TE: gzip, chunked", post(["Transfer-Encoding: gzip, chunked"], SHUT_CHUNKS)),
  refused("TE: chunked, chunked", post(["Transfer-Encoding: chunked, chunked"], SHUT_CHUNKS)),
  refused("TE: identity", post(["Transfer-Encoding: identity", "Content-Length: 3"], `abc${HIDDEN}`)),
  refused("TE: xchunked", post(["Transfer-Encoding: xchunked"], SHUT_CHUNKS)),
  refused("TE: chunked;x", post(["Transfer-Encoding: chunked;x=y"], SHUT_CHUNKS)),
  refused('TE: "chunked"', post(['Transfer-Encoding: "chunked"'], SHUT_CHUNKS)),
  refused("TE with a vertical tab", post(["Transfer-Encoding: \vchunked"], SHUT_CHUNKS)),
  refused("TE with a NUL", post(["Transfer-Encoding: chunked\0"], SHUT_CHUNKS)),
  refused("empty TE", post(["Transfer-Encoding:", "Content-Length: 3"], `abc${HIDDEN}`)),
  refused("blank before the colon of TE", post(["Transfer-Encoding : chunked"], SHUT_CHUNKS)),
  refused("blank before the colon of CL", post(["Content-Length : 3"], `abc${HIDDEN}`)),
  refused("TE in a folded line", post(["X: y", " Transfer-Encoding: chunked"], SHUT_CHUNKS)),
  refused("folded value of TE", post(["Transfer-Encoding:", " chunked"], SHUT_CHUNKS)),
  refused("tab-folded value", post(["X-A: b", "\tc"], SHUT_LENGTH)),
  refused(
    "HTTP/1.0 with TE",
    message("POST /r/a HTTP/1.0", ["Host: f", "Transfer-Encoding: chunked"], SHUT_CHUNKS),
  ),
  tolerated("TE in odd case", post(["tRaNsFeR-eNcOdInG: ChUnKeD"], SHUT_CHUNKS)),
  tolerated("TE with blanks around it", post(["Transfer-Encoding: \t chunked \t"], SHUT_CHUNKS)),
  tolerated(
    "Transfer_Encoding is another header",
    post(["Transfer_Encoding: chunked", "Content-Length: 5"], SHUT_CHUNKS),
  ),
  tolerated(
    "Content_Length is another header",
    post(["Content_Length: 99", "Content-Length: 3"], `abc${HIDDEN}`),
  ),
];

const LENGTHS: readonly SmugglingCase[] = [
  refused("two CL that differ", post(["Content-Length: 3", "Content-Length: 99"], `abc${HIDDEN}`)),
  refused("two CL that agree", post(["Content-Length: 3", "Content-Length: 3"], `abc${HIDDEN}`)),
  refused("CL list", post(["Content-Length: 3, 3"], `abc${HIDDEN}`)),
  refused("CL list that differs", post(["Content-Length: 3, 99"], `abc${HIDDEN}`)),
  refused("CL with a plus", post(["Content-Length: +3"], `abc${HIDDEN}`)),
  refused("negative CL", post(["Content-Length: -3"], `abc${HIDDEN}`)),
  refused("hexadecimal CL", post(["Content-Length: 0x3"], `abc${HIDDEN}`)),
  refused("CL with a fraction", post(["Content-Length: 3.0"], `abc${HIDDEN}`)),
  refused("CL with inner blank", post(["Content-Length: 3 3"], `abc${HIDDEN}`)),
  refused("CL too large for a number", post(["Content-Length: 99999999999999999999"], `abc${HIDDEN}`)),
  refused("CL that is no number", post(["Content-Length: abc"], `abc${HIDDEN}`)),
  tolerated("CL with leading zeros", post(["Content-Length: 0003"], `abc${HIDDEN}`)),
  tolerated(
    "GET with a body",
    message("GET /r/a HTTP/1.1", ["Host: f", `Content-Length: ${HIDDEN.length}`], HIDDEN),
  ),
  tolerated(
    "HEAD with a body",
    message("HEAD /r/a HTTP/1.1", ["Host: f", `Content-Length: ${HIDDEN.length}`], HIDDEN),
  ),
  tolerated(
    "DELETE with a chunked body",
    message("DELETE /r/a HTTP/1.1", ["Host: f", "Transfer-Encoding: chunked"], ONE_CHUNK),
  ),
  tolerated(
    "OPTIONS with a chunked body",
    message("OPTIONS /r/a HTTP/1.1", ["Host: f", "Transfer-Encoding: chunked"], ONE_CHUNK),
  ),
  tolerated(
    "GET with a chunked body",
    message("GET /r/a HTTP/1.1", ["Host: f", "Transfer-Encoding: chunked"], ONE_CHUNK),
  ),
  tolerated(
    "DELETE with a body of a length",
    message("DELETE /r/a HTTP/1.1", ["Host: f", `Content-Length: ${HIDDEN.length}`], HIDDEN),
  ),
  tolerated(
    "an empty chunked DELETE with a request behind it",
    message("DELETE /r/a HTTP/1.1", ["Host: f", "Transfer-Encoding: chunked"], SHUT_CHUNKS),
  ),
];

const CHUNKS: readonly SmugglingCase[] = [
  refused("chunk size with a sign", post(["Transfer-Encoding: chunked"], `+3\r\nabc\r\n${SHUT_CHUNKS}`)),
  refused("chunk size with 0x", post(["Transfer-Encoding: chunked"], `0x3\r\nabc\r\n${SHUT_CHUNKS}`)),
  refused(
    "chunk size that overflows",
    post(["Transfer-Encoding: chunked"], `ffffffffffffffff1\r\nabc\r\n${SHUT_CHUNKS}`),
  ),
  refused("negative chunk size", post(["Transfer-Encoding: chunked"], `-1\r\nabc\r\n${SHUT_CHUNKS}`)),
  refused("chunk size that is none", post(["Transfer-Encoding: chunked"], `xyz\r\nabc\r\n${SHUT_CHUNKS}`)),
  refused("chunk line with a bare LF", post(["Transfer-Encoding: chunked"], `3\nabc\r\n${SHUT_CHUNKS}`)),
  refused("chunk data without its CRLF", post(["Transfer-Encoding: chunked"], `3\r\nabc${SHUT_CHUNKS}`)),
  refused("chunk data with a bare LF", post(["Transfer-Encoding: chunked"], `3\r\nabc\n${SHUT_CHUNKS}`)),
  refused(
    "chunk extension with a bare LF",
    post(["Transfer-Encoding: chunked"], `3;a\nabc\r\n${SHUT_CHUNKS}`),
  ),
  refused(
    "chunk extension with a bare CR",
    post(["Transfer-Encoding: chunked"], `3;a\rb\r\nabc\r\n${SHUT_CHUNKS}`),
  ),
  refused("blank before the chunk size", post(["Transfer-Encoding: chunked"], ` 3\r\nabc\r\n${SHUT_CHUNKS}`)),
  tolerated("chunk extension", post(["Transfer-Encoding: chunked"], `3;name=value\r\nabc\r\n${SHUT_CHUNKS}`)),
  tolerated(
    "chunk extension with a quoted CRLF look-alike",
    post(["Transfer-Encoding: chunked"], `3;a="\\r\\n0"\r\nabc\r\n${SHUT_CHUNKS}`),
  ),
  tolerated(
    "chunk size with leading zeros",
    post(["Transfer-Encoding: chunked"], `0003\r\nabc\r\n${SHUT_CHUNKS}`),
  ),
  tolerated(
    "trailers that pose as framing",
    post(["Transfer-Encoding: chunked"], `3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n${HIDDEN}`),
  ),
  tolerated(
    "announced trailers that pose as a request",
    post(
      ["Transfer-Encoding: chunked", "Trailer: X-Trailer"],
      `3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n${HIDDEN}`,
    ),
  ),
  tolerated(
    "announced trailers that pose as framing",
    post(
      ["Transfer-Encoding: chunked", "Trailer: Transfer-Encoding, Host, X-T, Connection"],
      "3\r\nabc\r\n0\r\nHost: other\r\nX-T: 1\r\nConnection: close\r\n\r\n",
    ),
  ),
  tolerated(
    "announced trailers on a chunk extension",
    post(["Transfer-Encoding: chunked", "Trailer: X-T"], `3;a=b\r\nabc\r\n0;c=d\r\nX-T: 1\r\n\r\n`),
  ),
  refused(
    "announced trailer with a bare LF",
    post(["Transfer-Encoding: chunked", "Trailer: X-T"], `3\r\nabc\r\n0\r\nX-T: 1\n\r\n${HIDDEN}`),
  ),
  refused(
    "trailer with Content-Length",
    post(["Transfer-Encoding: chunked"], `3\r\nabc\r\n0\r\nContent-Length: 99\r\n\r\n${HIDDEN}`),
  ),
];

const LINES: readonly SmugglingCase[] = [
  refused("bare LF everywhere", post([]).replaceAll("\r\n", "\n") + HIDDEN),
  refused("bare LF after the request line", post(["X: y"]).replace("HTTP/1.1\r\n", "HTTP/1.1\n")),
  refused("bare LF in the headers", "POST /r/a HTTP/1.1\r\nHost: f\r\nX: y\nContent-Length: 3\r\n\r\nabc"),
  refused("bare CR in a value", post(["X: y\rTransfer-Encoding: chunked"], SHUT_CHUNKS)),
  refused("NUL in a value", post(["X: a\0b"])),
  refused("NUL in a name", post(["X\0Y: a"])),
  refused("NUL in the target", message("GET /r/a\0b HTTP/1.1", ["Host: f"])),
  refused("control character in a value", post(["X: a\u0001b"])),
  refused("line without a colon", post(["Host"])),
  refused("empty header name", post([": chunked"])),
  refused("blank line before headers that looks like a fold", "POST /r/a HTTP/1.1\r\n Host: f\r\n\r\n"),
  refused("blank in a header name", post(["X Y: a"])),
  refused("blank in the target", message("GET /r/a /hidden HTTP/1.1", ["Host: f"])),
  tolerated("two blanks in the request line", message("GET  /r/a HTTP/1.1", ["Host: f"])),
  refused("tab in the request line", message("GET\t/r/a HTTP/1.1", ["Host: f"])),
  refused("CRLF in a method", message("GE\r\nT /r/a HTTP/1.1", ["Host: f"])),
  refused("HTTP/0.9", "GET /r/a\r\n\r\n"),
  refused("HTTP/1.2", message("GET /r/a HTTP/1.2", ["Host: f"])),
  refused("HTTP/2.0 in text", message("GET /r/a HTTP/2.0", ["Host: f"])),
  refused("HTTP/11.1", message("GET /r/a HTTP/11.1", ["Host: f"])),
  refused("a lower-case protocol", message("GET /r/a http/1.1", ["Host: f"])),
  refused("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
];

const TARGETS: readonly SmugglingCase[] = [
  refused("absolute-form", message("GET http://f/r/a HTTP/1.1", ["Host: f"])),
  refused("absolute-form to another host", message("GET http://127.0.0.1/hidden HTTP/1.1", ["Host: f"])),
  refused("absolute-form with an odd scheme", message("GET gopher://f/r/a HTTP/1.1", ["Host: f"])),
  refused("asterisk-form", message("OPTIONS * HTTP/1.1", ["Host: f"])),
  refused("authority-form", message("CONNECT f:80 HTTP/1.1", ["Host: f:80"])),
  refused("TRACE", message("TRACE /r/a HTTP/1.1", ["Host: f"])),
  refused("a fragment", message("GET /r/a#b HTTP/1.1", ["Host: f"])),
  refused("a backslash in the path", message("GET /r\\..\\hidden HTTP/1.1", ["Host: f"])),
  refused("a character above ASCII", message("GET /r/\u00e4 HTTP/1.1", ["Host: f"])),
  refused("DEL in the target", message("GET /r/a\u007f HTTP/1.1", ["Host: f"])),
  refused("a target that is over-long", message(`GET /r/${"a".repeat(9_000)} HTTP/1.1`, ["Host: f"])),
  refused("headers that are over-long", post([`X: ${"a".repeat(40_000)}`])),
  refused("very many headers", post(Array.from({ length: 4_000 }, (_, index) => `X-${index}: aaaa`))),
  tolerated("%2e%2e", message("GET /r/%2e%2e/hidden HTTP/1.1", ["Host: f"])),
  tolerated("%2f", message("GET /r%2fa HTTP/1.1", ["Host: f"])),
  tolerated("%00", message("GET /r/a%00b HTTP/1.1", ["Host: f"])),
  tolerated("%0d%0a", message("GET /r/a%0d%0aX-Injected:%201 HTTP/1.1", ["Host: f"])),
  tolerated("dot segments above the prefix", message("GET /r/../hidden HTTP/1.1", ["Host: f"])),
];

const HOSTS_AND_OPTIONS: readonly SmugglingCase[] = [
  refused("two Host", message("GET /r/a HTTP/1.1", ["Host: f", "Host: evil"])),
  refused("no Host", message("GET /r/a HTTP/1.1", ["X: y"])),
  refused("Host with a path", message("GET /r/a HTTP/1.1", ["Host: f/hidden"])),
  refused("Host with a blank", message("GET /r/a HTTP/1.1", ["Host: f evil"])),
  refused("Host with user info", message("GET /r/a HTTP/1.1", ["Host: f@evil"])),
  refused("Host with two ports", message("GET /r/a HTTP/1.1", ["Host: f:80:81"])),
  refused(
    "Connection: content-length",
    post(["Connection: content-length", "Content-Length: 3"], `abc${HIDDEN}`),
  ),
  refused("Connection: host", post(["Connection: close, Host"])),
  refused("Connection: cookie", post(["Connection: Cookie"])),
  refused("Connection that is no list of names", post(["Connection: close; x=y"])),
  tolerated(
    "Connection: transfer-encoding",
    post(["Connection: transfer-encoding", "Transfer-Encoding: chunked"], SHUT_CHUNKS),
  ),
  tolerated(
    "Connection: x-forwarded-for",
    post(["Connection: close, X-Forwarded-For", "X-Forwarded-For: 1.2.3.4"]),
  ),
  tolerated(
    "an upgrade with a body",
    post(["Connection: Upgrade", "Upgrade: h2c", "Content-Length: 3"], `abc${HIDDEN}`),
  ),
  refused(
    "a WebSocket handshake with a body",
    message(
      "GET /r/a HTTP/1.1",
      [
        "Host: f",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        `Content-Length: ${SHUT_LENGTH.length}`,
      ],
      SHUT_LENGTH,
    ),
  ),
];

export const SMUGGLING_CASES: readonly SmugglingCase[] = [
  ...LENGTH_AND_CODING,
  ...LENGTHS,
  ...CHUNKS,
  ...LINES,
  ...TARGETS,
  ...HOSTS_AND_OPTIONS,
];

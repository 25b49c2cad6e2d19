/** How the code of one family of languages is told apart. */
export interface CodeLanguage {
  /** Starts a comment that runs to the end of the line; regular expression source. */
  readonly lineComment?: string;
  /** A comment from mark to mark; regular expression source. */
  readonly blockComment?: string;
  /** One string each; regular expression source, tried in order. */
  readonly strings: readonly string[];
  readonly keywords: ReadonlySet<string>;
  readonly literals: ReadonlySet<string>;
  readonly ignoreCase?: boolean;
  /**
   * A key at the start of its line or entry, as in YAML or JSON; regular expression source. What looks back over spaces
   * looks first whether a word begins here: else each space would look back over all that stand before it.
   */
  readonly property?: string;
  /** A word with other letters than the usual; regular expression source. */
  readonly word?: string;
}

const DOUBLE = String.raw`"(?:\\[^]|[^"\\\n])*"?`;
const SINGLE = String.raw`'(?:\\[^]|[^'\\\n])*'?`;
const BACKTICK = "`(?:\\\\[^]|[^`\\\\])*`?";
const TRIPLE = String.raw`[rbfuRBFU]{0,2}(?:"""[^]*?(?:"""|(?![^]))|'''[^]*?(?:'''|(?![^])))`;
const CHARACTER = String.raw`'(?:\\[^]|[^'\\\n])'`;
const SLASHES = "//";
const STARS = String.raw`/\*[^]*?(?:\*/|(?![^]))`;
const HASH = "#";

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}

const NO_WORDS: ReadonlySet<string> = new Set();

const script: CodeLanguage = {
  lineComment: SLASHES,
  blockComment: STARS,
  strings: [DOUBLE, SINGLE, BACKTICK],
  keywords: words(
    "abstract any as asserts async await bigint boolean break case catch class const continue debugger declare default delete do else enum export extends finally for from function get if implements import in infer instanceof interface is keyof let namespace never new number object of override package private protected public readonly return satisfies set static string super switch symbol this throw try type typeof unknown using var void while with yield",
  ),
  literals: words("true false null undefined NaN Infinity"),
  word: String.raw`[\p{L}_$@][\p{L}\p{N}_$]*`,
};

const cFamily: CodeLanguage = {
  lineComment: SLASHES,
  blockComment: STARS,
  strings: [DOUBLE, CHARACTER],
  keywords: words(
    "abstract alignas alignof as asm assert async auto await base bool break byte case catch char checked class companion concept const consteval constexpr constinit continue co_await co_return co_yield data decimal decltype def default defer delegate delete deinit do double dynamic else enum event explicit export extends extension extern fallthrough fileprivate final finally fixed float for foreach friend fun func get goto guard if implements implicit import in indexer infix init inline inout instanceof int interface internal is it lateinit lazy let long match mutable namespace native new noexcept object of open operator out override package params partial private protected protocol public readonly record ref register reified requires return sbyte sealed set short signed sizeof static static_assert strictfp string struct subscript super suspend switch synchronized template this throw throws trait transient try typealias typedef typeid typename typeof uint ulong union unsafe unsigned using val var virtual void volatile when where while with yield",
  ),
  literals: words("true false null nullptr nil NULL"),
};

const rust: CodeLanguage = {
  ...cFamily,
  strings: [String.raw`b?r#*"[^]*?"#*`, DOUBLE, CHARACTER],
  keywords: words(
    "as async await bool break char const continue crate dyn else enum extern f32 f64 fn for i128 i16 i32 i64 i8 if impl in isize let loop match mod move mut pub ref return self Self static str struct super trait type u128 u16 u32 u64 u8 union unsafe use usize where while",
  ),
  literals: words("true false None Some Ok Err"),
};

const go: CodeLanguage = {
  ...cFamily,
  strings: [DOUBLE, CHARACTER, "`[^`]*`?"],
  keywords: words(
    "any bool break byte case chan comparable complex128 complex64 const continue default defer else error fallthrough float32 float64 for func go goto if import int int16 int32 int64 int8 interface map package range return rune select string struct switch type uint uint16 uint32 uint64 uint8 uintptr var",
  ),
  literals: words("true false nil iota"),
};

const python: CodeLanguage = {
  lineComment: HASH,
  strings: [TRIPLE, `[rbfuRBFU]{0,2}${DOUBLE}`, `[rbfuRBFU]{0,2}${SINGLE}`],
  keywords: words(
    "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return self try type while with yield",
  ),
  literals: words("True False None"),
  word: String.raw`@?[\p{L}_][\p{L}\p{N}_]*`,
};

const ruby: CodeLanguage = {
  lineComment: HASH,
  strings: [DOUBLE, SINGLE, BACKTICK],
  keywords: words(
    "alias and begin break case class def do else elsif end ensure for if in include module next not or private protected public raise redo require rescue retry return self super then undef unless until when while yield local function repeat goto",
  ),
  literals: words("true false nil"),
  word: String.raw`[@:$]{0,2}[\p{L}_][\p{L}\p{N}_]*[?!]?`,
};

const shell: CodeLanguage = {
  lineComment: String.raw`(?:^|(?<=[\s;(]))#`,
  strings: [String.raw`"(?:\\[^]|[^"\\])*"?`, String.raw`'[^']*'?`],
  keywords: words(
    "alias case cd do done echo elif else esac eval exec exit export fi for function if in local read return select set shift source sudo then time trap unset until while FROM RUN CMD COPY ADD ENTRYPOINT ENV EXPOSE WORKDIR USER ARG LABEL VOLUME HEALTHCHECK",
  ),
  literals: words("true false"),
  word: String.raw`\$\{?[\w@#?*!-]+\}?|--?[A-Za-z][\w-]*|[\p{L}_][\p{L}\p{N}_-]*`,
};

const sql: CodeLanguage = {
  lineComment: "--",
  blockComment: STARS,
  strings: [String.raw`'(?:''|[^'])*'?`, String.raw`"[^"\n]*"?`],
  keywords: words(
    "add all alter and any as asc begin between bigint boolean by cascade case char check column commit conflict constraint create cross current_timestamp database date decimal default delete desc distinct do drop each else end exists explain float for foreign from full function grant group having if ilike in index inner insert int integer interval into is join json jsonb key left like limit lock materialized natural not nothing numeric of offset on or order outer over partition primary references returning revoke right rollback row rows schema select serial set table temporary text then timestamp timestamptz to transaction trigger truncate union unique update using uuid values varchar view when where window with",
  ),
  literals: words("true false null"),
  ignoreCase: true,
};

const css: CodeLanguage = {
  lineComment: String.raw`(?:^|(?<=\s))//`,
  blockComment: STARS,
  strings: [DOUBLE, SINGLE],
  keywords: words("important from to and not only screen"),
  literals: NO_WORDS,
  property: String.raw`(?=[\w-])(?<=(?:^|[{;])\s*)[\w-]+(?=\s*:)`,
  word: String.raw`[@.#]?-{0,2}[\p{L}_][\w-]*`,
};

const json: CodeLanguage = {
  lineComment: SLASHES,
  blockComment: STARS,
  strings: [DOUBLE],
  keywords: NO_WORDS,
  literals: words("true false null"),
  property: String.raw`"(?:\\.|[^"\\\n])*"(?=\s*:)`,
};

const yaml: CodeLanguage = {
  lineComment: String.raw`(?:^|(?<=\s))[#;]`,
  strings: [DOUBLE, SINGLE],
  keywords: NO_WORDS,
  literals: words("true false null yes no on off"),
  property: String.raw`(?=[\w.$/])(?<=^[\s-]*)[\w.$/-]+(?=\s*[:=](?:\s|$))|^[ \t]*\[[^\]\n]*\]`,
};

const php: CodeLanguage = {
  ...script,
  lineComment: "(?://|#)",
  keywords: words(
    "abstract and array as bool break callable case catch class clone const continue declare default do echo else elseif empty enum extends final finally float fn for foreach function global goto if implements include instanceof int interface isset list match mixed namespace new or parent print private protected public readonly require require_once return self static string switch this throw trait try unset use var void while xor yield",
  ),
  literals: words("true false null"),
};

/** Each with the names that fences know it by. */
export const FAMILIES: readonly (readonly [CodeLanguage, string])[] = [
  [script, "js javascript jsx mjs cjs ts typescript tsx mts cts"],
  [
    cFamily,
    "c h cc cpp c++ hpp objc java kotlin kt cs csharp c# swift scala dart groovy gradle proto protobuf zig",
  ],
  [rust, "rs rust"],
  [go, "go golang"],
  [python, "py python py3 python3 pyi"],
  [ruby, "rb ruby elixir ex exs lua crystal"],
  [
    shell,
    "sh bash zsh shell console terminal shellscript dockerfile docker makefile make fish ps1 powershell nix",
  ],
  [sql, "sql pgsql postgres postgresql mysql sqlite plsql"],
  [css, "css scss sass less"],
  [json, "json jsonc json5 jsonl"],
  [yaml, "yaml yml toml ini conf env properties"],
  [php, "php"],
];

const BY_NAME: ReadonlyMap<string, CodeLanguage> = new Map(
  FAMILIES.flatMap(([language, names]) => names.split(" ").map((name) => [name, language] as const)),
);

/** The language that a code fence names, or `undefined` when it is unknown. */
export function findLanguage(name: string): CodeLanguage | undefined {
  return BY_NAME.get(name.toLowerCase());
}

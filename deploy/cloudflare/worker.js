// A Cloudflare Worker before a site whose machine screens (noVNC) are served elsewhere: paths that contain
// /novnc/websock go to SCREENS_ORIGIN, everything else goes on to the site. WebSocket upgrades pass through fetch.
export default {
  /**
   * @param {Request} request
   * @param {{ SCREENS_ORIGIN: string }} env
   */
  fetch(request, env, _context, forward = fetch) {
    const url = new URL(request.url);
    if (!url.pathname.includes("/novnc/websock")) return forward(request);
    const target = new URL(`${url.pathname}${url.search}`, env.SCREENS_ORIGIN);
    return forward(new Request(target, request));
  },
};

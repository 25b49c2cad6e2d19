const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#5b4bd6"/><path d="M8.5 22.5 16 9l7.5 13.5M11.6 17.5h8.8" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

/** The app's icon inside the page: a file of its own would be one more request, and one more that can be cut off. */
export const ICON = `data:image/svg+xml,${encodeURIComponent(SVG)}`;

declare const worker: {
  fetch(
    request: Request,
    env: { readonly SCREENS_ORIGIN: string },
    context: unknown,
    forward?: (request: Request) => Promise<Response>,
  ): Promise<Response>;
};
export default worker;

declare module 'parse-prometheus-text-format' {
  /** The families of metrics in a text. @throws for what is no such text */
  const parse: (text: string) => unknown;
  // biome-ignore lint/style/noDefaultExport: it is what the package has
  export default parse;
}

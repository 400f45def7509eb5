/** No import cycles, types included: provider, simulator, tools and scripts. */
module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "Move the type or the function that both need to the file that produces it.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(node_modules|dist)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};

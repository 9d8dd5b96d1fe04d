/** The part of the Python extension's public API that ours uses: one environment is selected, and the variable names its interpreter. */
const { Uri } = require("vscode");

exports.activate = () => {
  const path = process.env.STAND_IN_INTERPRETER;
  return {
    environments: {
      getActiveEnvironmentPath: () => ({ path }),
      resolveEnvironment: async () => ({ executable: { uri: Uri.file(path) } }),
    },
  };
};

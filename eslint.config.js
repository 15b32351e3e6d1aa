/** Linting: the recommended TypeScript rules and the few house rules that a linter can see. */
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "out/", "node_modules/"] },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-namespace": ["error", { allowDeclarations: true }],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      "@typescript-eslint/no-empty-object-type": "off",
      eqeqeq: "error",
      "no-eval": "error",
      "no-new-func": "error",
    },
  },
  {
    files: ["compiler/**/*.ts", "runtime/**/*.ts", "postprocess/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "no default exports" },
        { selector: "TSEnumDeclaration", message: "no enums: string unions print well" },
      ],
    },
  },
  {
    // Applications as they are, CommonJS among them.
    files: ["test/environments/templates/**"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);

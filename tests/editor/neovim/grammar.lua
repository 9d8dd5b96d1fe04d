-- What Neovim makes of the grammar and its queries in the file that is open. Writes one JSON object to REPORT.

vim.opt.runtimepath:append(vim.env.PARSERS) -- Neovim's own parsers, which stand beside a Neovim that is installed

vim.bo.filetype = "prompt_graph"
local parser = vim.treesitter.get_parser(0, "prompt_graph")
local root = parser:parse(true)[1]:root()
local found = { error = root:has_error(), captures = {}, folds = {}, injected = {} }

for _, name in ipairs({ "highlights", "folds", "indents", "injections", "locals", "tags" }) do
  local query = assert(vim.treesitter.query.get("prompt_graph", name), name .. " is found and compiles")
  found.captures[name] = 0
  for _ in query:iter_captures(root, 0) do
    found.captures[name] = found.captures[name] + 1
  end
end

-- The texts that the injections give to other languages, by language.
parser:for_each_tree(function(tree, language_tree)
  local language = language_tree:lang()
  if language ~= "prompt_graph" then
    found.injected[language] = found.injected[language] or {}
    table.insert(found.injected[language], vim.treesitter.get_node_text(tree:root(), 0))
  end
end)

vim.treesitter.start(0, "prompt_graph")
vim.wo.foldmethod = "expr"
vim.wo.foldexpr = "v:lua.vim.treesitter.foldexpr()"
-- Folds are computed when the text has been parsed, which Neovim does in pieces.
vim.wait(20000, function()
  vim.cmd("normal! zx")
  return vim.fn.foldlevel(2) > 0
end, 50)
for line = 1, vim.api.nvim_buf_line_count(0) do
  table.insert(found.folds, vim.fn.foldlevel(line))
end

vim.fn.writefile({ vim.json.encode(found) }, vim.env.REPORT)
vim.cmd("qall!")

-- What a person does in Neovim, with the lines of docs/editors.md as the configuration and the real server.
-- Reports one JSON object a line to the file named by SESSION_REPORT (Neovim itself writes to both standard streams); the first failure
-- ends the session.

local WAIT_MS = 60000
local JOB_MS = 120000

local report_file = assert(io.open(assert(vim.env.SESSION_REPORT), "a"))

local function report(result)
  report_file:write(vim.json.encode(result) .. "\n")
  report_file:flush()
end

local function step(name, action)
  local start = vim.uv.hrtime()
  local ok, problem = xpcall(action, debug.traceback)
  report({ step = name, ok = ok, problem = not ok and tostring(problem) or nil, seconds = (vim.uv.hrtime() - start) / 1e9 })
  if not ok then
    vim.cmd("cquit 1")
  end
end

local function wait_for(what, condition, timeout)
  local value
  local came = vim.wait(timeout or WAIT_MS, function()
    value = condition()
    return value and true or false
  end, 50)
  assert(came, "waited in vain for " .. what)
  return value
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

-- The first diagnostic that fits.
local function diagnostic(fits)
  return function()
    for _, found in ipairs(vim.diagnostic.get(0)) do
      if fits(found) then
        return found
      end
    end
  end
end

-- Applies the first code action whose title fits; where several are left, Neovim would ask.
local function apply(fits)
  local before = text()
  local found = false
  local function is_first(action)
    local is_it = not found and fits(action.title)
    found = found or is_it
    return is_it
  end
  vim.lsp.buf.code_action({ filter = is_first, apply = true })
  wait_for("the code action to change the text", function() return text() ~= before end)
end

-- Messages of the server, as Neovim would show them.
local messages = {}
vim.lsp.handlers["window/showMessage"] = function(_, result)
  table.insert(messages, result.message)
end

local function message(pattern)
  return wait_for("a message like " .. pattern, function()
    for _, said in ipairs(messages) do
      if said:match(pattern) then
        return said
      end
    end
  end, JOB_MS)
end

step("underlines-a-mistake", function()
  vim.cmd.edit("broken.prompt")
  assert(vim.bo.filetype == "prompt-graph", vim.bo.filetype)
  local mistake = wait_for("a mistake", diagnostic(function(found) return found.severity == vim.diagnostic.severity.ERROR end))
  assert(mistake.message:match("question"), mistake.message)
  vim.api.nvim_win_set_cursor(0, { mistake.lnum + 1, mistake.col })
end)

step("mends-it", function()
  apply(function(title) return title:match("question") ~= nil end)
  wait_for("the mistake to go", function() return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }) == 0 end)
  assert(not text():match("questoin"))
  vim.cmd.write()
end)

step("colours-by-tree-sitter", function()
  vim.cmd.edit("multihop.prompt")
  local tree = vim.treesitter.get_parser(0):parse()[1]
  assert(not tree:root():has_error(), "the example parses")
  local query = assert(vim.treesitter.query.get("prompt_graph", "highlights"), "the highlight query is found and compiles")
  local captures = 0
  for _ in query:iter_captures(tree:root(), 0) do
    captures = captures + 1
  end
  assert(captures > 50, captures .. " captures")
end)

step("leaves-foreign-files-alone", function()
  vim.cmd.edit("foreign.prompt")
  assert(vim.bo.filetype ~= "prompt-graph")
  assert(#vim.lsp.get_clients({ bufnr = 0 }) == 0)
  vim.cmd.edit("multihop.prompt")
end)

step("optimises", function()
  wait_for("the server", function() return vim.lsp.get_clients({ bufnr = 0 })[1] end)
  vim.api.nvim_win_set_cursor(0, { vim.fn.search("^graph "), 0 })
  vim.cmd.PromptsOptimize()
  message("^Optimize multihop: %d+ %% → %d+ %%")
  local finding = wait_for("a finding", diagnostic(function(found) return found.source == "prompts optimize" end))
  vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col })
end)

step("applies-a-rewrite", function()
  local before = text()
  apply(function(title) return title:match("rewrite") ~= nil end)
  vim.cmd.write()
  assert(text() ~= before)
end)

step("evaluates", function()
  vim.api.nvim_win_set_cursor(0, { vim.fn.search("^graph "), 0 })
  vim.cmd.PromptsEvaluate()
  message("^Evaluate multihop: %d+ %%")
end)

step("stops-the-server", function()
  for _, client in ipairs(vim.lsp.get_clients()) do
    client:stop()
  end
  wait_for("the server to end", function() return #vim.lsp.get_clients() == 0 end)
end)

vim.cmd("qall!")

;;; session.el --- What a person does in Emacs, with the lines of docs/editors.md  -*- lexical-binding: t; -*-

;; Reports one JSON object a line to the file named by SESSION_REPORT; the first failure ends the session.

;;; Code:

(require 'cl-lib)
(require 'eglot)
(require 'flymake)

(defconst session-wait-seconds 60)
(defconst session-job-seconds 120)

(defun session-report (&rest fields)
  "Append FIELDS, a property list, to the report."
  (write-region (concat (json-serialize fields) "\n") nil (getenv "SESSION_REPORT") t 'quiet))

(defmacro session-step (name &rest body)
  "Play BODY and report it as the step NAME."
  (declare (indent 1))
  `(condition-case problem
       (progn ,@body (session-report :step ,name :ok t))
     (error
      (session-report :step ,name :ok :false :problem (format "%S" problem))
      (kill-emacs 1))))

(defun session-wait (what condition &optional seconds)
  "Wait until CONDITION, a function, gives a value, and give that; after SECONDS fail and say WHAT."
  (let ((end (+ (float-time) (or seconds session-wait-seconds))) value)
    (while (not (setq value (funcall condition)))
      (when (> (float-time) end) (error "Waited in vain for %s" what))
      (accept-process-output nil 0.05))
    value))

(defun session-open (file)
  "Visit FILE as the command loop would."
  (find-file file)
  ;; `eglot-ensure' connects after the command that opened the file, and a batch has no commands.
  (run-hooks 'post-command-hook)
  ;; Flymake waits for the buffer to be displayed, and a batch displays none.
  (run-hooks 'window-configuration-change-hook))

(defun session-diagnostics (source)
  "The diagnostics of the buffer that come from SOURCE."
  (cl-remove-if-not (lambda (found)
                (let ((sent (alist-get 'eglot-lsp-diag (flymake-diagnostic-data found))))
                  (equal source (plist-get sent :source))))
              (flymake-diagnostics)))

(defun session-action (pattern)
  "The code action at point whose title matches PATTERN, if there is one."
  (cl-find-if (lambda (found) (string-match-p pattern (plist-get found :title)))
              (eglot-code-actions (point) (point))))

(defun session-act (pattern)
  "Choose the code action at point whose title matches PATTERN."
  (eglot-execute (eglot-current-server) (or (session-action pattern) (error "No action %s" pattern))))

(defun session-change (pattern)
  "Choose the code action at point whose title matches PATTERN, and see that it changes the text."
  (let ((before (buffer-string)))
    (session-act pattern)
    (session-wait "the action to change the text" (lambda () (not (equal before (buffer-string)))))
    (save-buffer)))

(defun session-go-to-rewrite ()
  "Go to the first finding with a rewrite, if there is one."
  (cl-loop for finding in (session-diagnostics "prompts optimize")
           do (goto-char (flymake-diagnostic-beg finding))
           thereis (session-action "rewrite")))

(session-step "underlines-a-mistake"
  (session-open "broken.prompt")
  (unless (eq major-mode 'prompt-graph-mode) (error "Mode is %s" major-mode))
  (let ((mistakes (session-wait "a mistake" (lambda () (session-diagnostics "prompts")))))
    (goto-char (flymake-diagnostic-beg (car mistakes)))))

(session-step "mends-it"
  (session-change "question")
  (session-wait "the mistake to go" (lambda () (null (flymake-diagnostics)))))

(session-step "leaves-foreign-files-alone"
  (session-open "foreign.prompt")
  (unless (eq major-mode 'text-mode) (error "Mode is %s" major-mode)))

(session-step "optimises"
  (session-open "multihop.prompt")
  (session-wait "the server" #'eglot-current-server)
  (goto-char (point-min))
  (re-search-forward "^graph ")
  (session-act "^Optimize")
  ;; Findings are shown as they are made; their rewrites come when they have been measured.
  (session-wait "a finding with a tested rewrite" #'session-go-to-rewrite session-job-seconds))

(session-step "applies-a-rewrite"
  (session-change "rewrite"))

(session-step "stops-the-server"
  (let ((server (eglot-current-server)))
    (eglot-shutdown server)
    (session-wait "the server to end" (lambda () (not (jsonrpc-running-p server))))))

(kill-emacs 0)
;;; session.el ends here

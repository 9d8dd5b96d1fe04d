"""`python -m prompts_server`: the language server on standard input and output."""

import sys

from prompts_server import main

sys.exit(main())

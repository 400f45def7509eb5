"""Makes docs/preview.svg from what `npm run demo` prints on a terminal: its first preview, and its last table.

Needs Rich (python3-rich, or pip install rich), which turns what terminals show into SVG.
"""

import fcntl
import io
import os
import pathlib
import pty
import re
import struct
import subprocess
import termios

from rich.console import Console
from rich.text import Text

ROOT = pathlib.Path(__file__).parent.parent
COLUMNS = 124
ROWS = 50


def on_a_terminal(command):
    """What the command prints on a terminal of this size, with its colours."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "FORCE_COLOR": "1"}
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=child, stderr=child, env=environment)
    os.close(child)
    printed = b""
    try:
        while piece := os.read(parent, 65536):
            printed += piece
    except OSError:
        pass  # How Linux says that the other end is closed.
    if process.wait() != 0:
        raise SystemExit(printed.decode())
    return printed.decode().replace("\r\n", "\n")


def section(text, heading):
    """From a heading to the next empty line, without what to do after the demo."""
    start = re.search(rf"^(?:\x1b\[\d+m)*{re.escape(heading)}", text, re.M).start()
    return text[start:].split("\n\n")[0].split("\n\x1b[36mNext:")[0]


demo = on_a_terminal(["node", "dist/scripts/demo.js"])
shown = "\n\n".join(section(demo, heading) for heading in ("2. Preview", "What the hosts had"))
console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="standard")
console.print(Text.from_ansi(shown), soft_wrap=True)
svg = console.export_svg(title="pulumi preview, and what the hosts had", unique_id="preview")
# The reader's own monospace font: a page that shows a picture loads nothing from elsewhere.
svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S).replace("Fira Code", "ui-monospace")
(ROOT / "docs" / "preview.svg").write_text(re.sub(r"[ \t]+$", "", svg, flags=re.M).strip() + "\n")

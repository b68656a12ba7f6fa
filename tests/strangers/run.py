"""Runs published clients of the three platforms, unchanged but for their host, against the simulated platforms.

`python tests/strangers/run.py`: installs them into a temporary environment (needs the package registries), serves
a sandbox on loopback, runs each client's program beside this file, and prints what it read. Not part of the test
suite, which never leaves loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PYPI = [
    "taobaopy==6.0.1",
    "taobao-sdk-python3==1.0.9",
    "doudian==0.6",
    "pyjos==0.1.1",
    "mcp-cn-commerce==0.1.6",
]
NEEDED = ["requests", "six", "cryptography", "httpx", "mcp", "pydantic", "setuptools<81"]
NPM = ["node-taobao-topclient@0.1.7"]


def installed(folder: Path) -> Path:
    """A Python environment with the clients; none of them is kept."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip = [folder / "venv/bin/pip", "install", "-q", "--no-cache-dir"]
    subprocess.run([*pip, *NEEDED], check=True)
    subprocess.run([*pip, "--no-deps", *PYPI], check=True)
    if shutil.which("npm"):
        subprocess.run(
            ["npm", "install", "--silent", "--prefix", folder, *NPM], check=True, stdout=subprocess.DEVNULL
        )
    return folder / "venv/bin/python"


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = installed(folder)
        sandbox = subprocess.Popen(
            [sys.executable, "-m", "omnishop", "sandbox", "serve", "--json", "--seed", "5"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert sandbox.stdout is not None
            ready = json.loads(sandbox.stdout.readline())
            env = {
                **os.environ,
                "READY": json.dumps(ready),
                "TZ": "Asia/Shanghai",  # several of these clients send the machine's local time
                "NODE_PATH": str(folder / "node_modules"),
            }
            for program in sorted([*HERE.glob("*_*.py"), *HERE.glob("*_*.js")]):
                command = ["node", program] if program.suffix == ".js" else [python, program]
                done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
                said = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines() or [
                    "nothing"
                ]
                print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {program.name:32} {said[-1][:300]}")
                failed += done.returncode != 0
        finally:
            sandbox.terminate()
            sandbox.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

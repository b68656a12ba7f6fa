"""Runs published clients of the three platforms, unchanged but for their host, against the simulated platforms.

`python tests/strangers/run.py`: installs them into a temporary environment (needs the package registries), serves
a sandbox on loopback, runs each client's program beside this file, and prints what it read. Not part of the test
suite, which never leaves loopback.
"""

from __future__ import annotations

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
NPM = ["node-taobao-topclient@0.1.7", "ali-topsdk@2.0.5"]


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


def run(program: Path, python: Path, folder: Path) -> bool:
    """One client against a world of its own: what it does to tokens is not the next one's trouble."""
    command = [sys.executable, "-m", "omnishop", "sandbox", "serve", "--json", "--seed", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        env = {
            **os.environ,
            "READY": sandbox.stdout.readline(),
            "TZ": "Asia/Shanghai",  # several of these clients send the machine's local time
            "NODE_PATH": str(folder / "node_modules"),
        }
        client = ["node", program] if program.suffix == ".js" else [python, program]
        done = subprocess.run(client, env=env, capture_output=True, text=True, check=False)
        sandbox.terminate()
    said = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines() or ["nothing"]
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {program.name:32} {said[-1][:300]}")
    return done.returncode == 0


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = installed(folder)
        programs = sorted([*HERE.glob("*_*.py"), *HERE.glob("*_*.js")])
        return 0 if all(run(program, python, folder) for program in programs) else 1


if __name__ == "__main__":
    sys.exit(main())

"""`make reset`: forget what the embedded servers keep, after asking."""

import shutil
import sys

from config.stack.data import data_folder, held
from config.stack.errors import StackError


def main() -> int:
    data = data_folder()
    if not (data / "lock").exists():
        print(f"desk: nothing is kept in {data}")
        return 0
    try:
        with held(data):
            if input(f"Forget every case, file and secret in {data}? Type yes: ").strip() != "yes":
                print("desk: nothing was changed")
                return 1
            for kept in data.iterdir():
                if kept.is_dir():
                    shutil.rmtree(kept)
                elif kept.name != "lock":
                    kept.unlink()
    except (StackError, EOFError) as refusal:
        print(f"desk: {refusal or 'no answer, nothing was changed'}", file=sys.stderr)
        return 1
    print("desk: forgotten")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Cuts the test messages out of RFC 4475, appendix A (a base64 archive between page breaks).

usage: extract_rfc4475.py RFC4475.TXT DIRECTORY NAME...

The text of the RFC: https://www.rfc-editor.org/rfc/rfc4475.txt. Without NAME all messages are written.
"""
import base64
import io
import re
import sys
import tarfile


def archive(text):
    # the RFC's own decoder names both marks before the archive begins
    block = text.rsplit("-- BEGIN MESSAGE ARCHIVE --", 1)[1].rsplit("-- END MESSAGE ARCHIVE --", 1)[0]
    lines = []
    for line in block.splitlines():
        line = line.strip()
        if re.fullmatch(r"[A-Za-z0-9+/=]+", line):  # page headers and footers have blanks
            lines.append(line)
    return base64.b64decode("".join(lines), validate=True)


def main(rfc, directory, *names):
    with open(rfc, encoding="ascii", errors="replace") as file:
        data = archive(file.read())
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar.getmembers():
            name = member.name.rsplit("/", 1)[-1]
            if member.isfile() and (not names or name.removesuffix(".dat") in names):
                with open(f"{directory}/{name}", "wb") as out:
                    out.write(tar.extractfile(member).read())


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

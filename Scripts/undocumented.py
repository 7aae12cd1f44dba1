"""Lists the public symbols of a module that have no documentation; fails if there are any.

The argument is a directory of symbol graphs, as `swift package dump-symbol-graph` writes them.

A witness of a protocol's requirement may rely on the comment of the requirement, wherever the protocol
is declared: `==`, `encode(to:)`, or the routines on raw storage.
"""
import json
import pathlib
import sys

undocumented = []
count = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.symbols.json")):
    graph = json.loads(path.read_text())
    witnesses = {
        edge["source"]
        for edge in graph["relationships"]
        if edge["kind"] in ("defaultImplementationOf", "overrides", "requirementOf") or "sourceOrigin" in edge
    }
    for symbol in graph["symbols"]:
        count += 1
        if "docComment" in symbol or symbol["identifier"]["precise"] in witnesses:
            continue
        if symbol["kind"]["identifier"] == "swift.extension":
            continue
        place = symbol.get("location", {})
        name = pathlib.PurePath(place.get("uri", "")).name
        line = place.get("position", {}).get("line", -1) + 1
        undocumented.append(f"{name}:{line}: {'.'.join(symbol['pathComponents'])}")

for entry in sorted(undocumented):
    print(entry, file=sys.stderr)
print(f"{pathlib.Path(sys.argv[1]).name}: {count} public symbols, {len(undocumented)} without documentation")
sys.exit(1 if undocumented else 0)

# SPDX-License-Identifier: Apache-2.0
"""What a container sees of layers: each is unpacked into an empty directory of its own, which overlayfs then puts on those
below, as Docker and containers/storage do. Written for itself, and slow: launchsec goes another way."""
import posixpath
import tarfile


class Node:
    """A file; of a directory also what it hides of the one below."""

    def __init__(self, kind, content=b"", target=""):
        self.kind, self.content, self.target = kind, content, target
        self.children, self.hidden, self.opaque = {}, set(), False


def parts_of(path):
    return [part for part in path.split("/") if part not in ("", ".")]


def descend(root, parts, links=40):
    """The directory in a layer where these lead to, made if need be; links in it are followed."""
    way = [root]
    for index, part in enumerate(parts):
        if part == "..":
            way = way[:-1] or [root]
            continue
        node = way[-1].children.get(part)
        if node is not None and node.kind == "link":
            if links == 0:
                raise RecursionError
            before = [] if node.target.startswith("/") else names_of(root, way)
            return descend(root, before + parts_of(node.target) + parts[index + 1:], links - 1)
        if node is None or node.kind != "dir":
            node = way[-1].children[part] = Node("dir")
        way.append(node)
    return way[-1]


def names_of(root, way):
    """The names that lead along a way."""
    names, at = [], root
    for node in way[1:]:
        names.append(next(name for name, child in at.children.items() if child is node))
        at = node
    return names


def unpack(entries):
    """One layer."""
    root = Node("dir")
    for info, content in entries:
        parts = parts_of(info.name)
        if not parts:
            continue
        parent, name = descend(root, parts[:-1]), parts[-1]
        old = parent.children.get(name)
        if name == ".wh..wh..opq":
            parent.opaque = True
        elif name.startswith(".wh."):
            parent.hidden.add(name[4:])
        elif info.type == tarfile.DIRTYPE:
            if old is None or old.kind != "dir":
                parent.children[name] = Node("dir")
        elif info.type == tarfile.SYMTYPE:
            parent.children[name] = Node("link", target=info.linkname)
        elif info.type == tarfile.LNKTYPE:
            target = parts_of(info.linkname)
            found = descend(root, target[:-1]).children.get(target[-1])
            parent.children[name] = found if found is not None and found.kind != "dir" else Node("other")
        elif info.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
            parent.children[name] = Node("file", content)
        else:
            parent.children[name] = Node("other")
    return root


def merge(lower, upper):
    """The upper one on the lower one, which are directories."""
    merged = Node("dir")
    if not upper.opaque:
        merged.children = {name: node for name, node in lower.children.items() if name not in upper.hidden}
    for name, node in upper.children.items():
        below = merged.children.get(name)
        both = node.kind == "dir" and below is not None and below.kind == "dir"
        merged.children[name] = merge(below, node) if both else (merge(Node("dir"), node) if node.kind == "dir" else node)
    return merged


def see(layers):
    """The whole image."""
    seen = Node("dir")
    for entries in layers:
        seen = merge(seen, unpack(entries))
    return seen


def resolve(root, path, links=40):
    """(real path, node) of what a path leads to, or None."""
    at, real, parts = [root], [], parts_of(path)
    while parts:
        part = parts.pop(0)
        if at[-1].kind != "dir":
            return None
        if part == "..":
            if real:
                real.pop()
                at.pop()
            continue
        node = at[-1].children.get(part)
        if node is None:
            return None
        if node.kind == "link":
            links -= 1
            if links < 0:
                return None
            if node.target.startswith("/"):
                at, real = [root], []
            parts = parts_of(node.target) + parts
            continue
        at.append(node)
        real.append(part)
    return "/" + "/".join(real), at[-1]


def walk(root, path="/"):
    """(path, node) of everything."""
    for name, node in root.children.items():
        here = posixpath.join(path, name)
        yield here, node
        if node.kind == "dir":
            yield from walk(node, here)

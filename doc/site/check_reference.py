#!/usr/bin/env python3
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""usage: check_reference.py <folder of doxygen's XML>

Fails on a public name without documentation. Overloads are one name, and so are a call and its forms with a limit (`_for`,
`_until`): the documentation of one serves all. No words are asked for where the language or the standard says it all:
copying, moving, destroying, constructors without parameters, and the names in STANDARD.
"""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree

# Members that mean here what they mean in std and in Asio; `options` is what the constructor takes.
STANDARD = set("""
    begin end empty swap operator* operator-> operator== operator!= operator<=> operator=
    value_type iterator reference difference_type iterator_category iterator_concept
    executor_type error_code endpoint_type protocol_type native_handle_type next_layer_type lowest_layer_type shutdown_type
    wait_type get_executor next_layer lowest_layer endpoint socket acceptor socket_type message_flags options clock
    element_type duration time_point id deallocate max pointer is_open native_handle local_endpoint remote_endpoint
    set_option get_option wait_read wait_write wait_error default_completion_token_type
""".split()) | {"operator bool"}


def documented(node):
    parts = (node.find(part) for part in ("briefdescription", "detaileddescription", "inbodydescription"))
    return any(part is not None and "".join(part.itertext()).strip() for part in parts)


def place(node):
    location = node.find("location")
    return location.get("file") + ":" + location.get("line")


def says_itself(member, own_name):
    name = member.findtext("name")
    parameters = member.findall("param")
    if name in STANDARD or name.startswith("~"):
        return True
    if name != own_name:
        return False
    return not parameters or (len(parameters) == 1 and own_name in "".join(parameters[0].find("type").itertext()))


def undocumented(folder):
    index = ElementTree.parse(os.path.join(folder, "index.xml")).getroot()
    for entry in index.findall("compound"):
        if entry.get("kind") not in ("class", "struct", "union", "namespace", "concept"):
            continue
        compound = ElementTree.parse(os.path.join(folder, entry.get("refid") + ".xml")).getroot().find("compounddef")
        name = compound.findtext("compoundname")
        if not name.startswith("weft") or "::detail" in name or compound.get("prot") in ("private", "protected"):
            continue
        specialised = "<" in name
        own_name = name.split("<")[0].rstrip().rsplit("::", 1)[-1]
        if compound.get("kind") != "namespace" and not specialised and not documented(compound):
            yield place(compound), name
        families = {}
        for member in compound.iter("memberdef"):
            if member.get("prot") == "public" and member.get("kind") != "friend":
                family = re.sub("_(for|until)$", "", member.findtext("name"))
                families.setdefault(family, []).append(member)
        for members in families.values():
            if not any(documented(each) or says_itself(each, own_name) for each in members):
                # A specialisation repeats the names of the template.
                if not specialised:
                    yield place(members[0]), name + "::" + members[0].findtext("name")


def main():
    found = {}
    for where, name in undocumented(sys.argv[1]):
        found.setdefault(where, name)
    for where, name in sorted(found.items()):
        print(f"{where}: {name} is not documented")
    print(f"{len(found)} public names without documentation")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

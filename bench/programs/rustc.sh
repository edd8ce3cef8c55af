#!/bin/sh
# SPDX-License-Identifier: MIT
# A Rust crate compiled by rustc: interned types, maps and vectors, code made by two threads.
. "$(dirname -- "$0")/common.sh"
packages='rustc gcc libc6-dev'

inputs()
{
    awk 'BEGIN {
        print "use std::collections::HashMap;\nuse std::fmt::Debug;"
        for (i = 0; i < 12; i++) {
            printf "#[derive(Debug, Clone, PartialEq, Default)]\npub struct S%d {\n", i
            print "    pub name: String,\n    pub values: Vec<u32>,"
            printf "    pub map: HashMap<u32, Vec<String>>,\n}\nimpl S%d {\n", i
            print "    pub fn add<T: Debug>(&mut self, item: T, key: u32) -> usize {"
            printf "        let text = format!(\"{:?}/{}\", item, key + %d);\n", i
            print "        self.map.entry(key).or_default().push(text);"
            print "        self.values.extend((0..key).filter(|k| k % 3 == 0).map(|k| k * 2));"
            print "        self.map.values()"
            print "            .map(|v| v.iter().map(String::len).sum::<usize>()).sum()"
            print "    }\n}"
        }
        print "pub fn all() -> usize {\n    let mut n = 0;"
        for (i = 0; i < 12; i++)
            printf "    let mut s = S%d::default();\n    n += s.add(%d, 3) + s.add(\"x\", 4);\n",
                i, i
        print "    n\n}\nfn main() {\n    println!(\"{}\", all());\n}"
    }' >"$input/crate.rs"
}

work()
{
    launch rustc --edition 2021 -C codegen-units=2 -o "$scratch/crate" "$input/crate.rs" || return 1
    "$scratch/crate"
}

main "$@"

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That the ID blocks of inputs/ are the signed ones that idblock.py makes."""

import base64
import unittest

import idblock


def read(name):
    return base64.b64decode((idblock.INPUTS / name).read_text(encoding="utf-8"))


class IdBlockTest(unittest.TestCase):
    def test_known_answer(self):
        """RFC 6979, A.2.6: a key of P-384, and the signature of "sample" with SHA-384."""
        secret = 0x6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5
        x = 0xEC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13
        r = 0x94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46
        s = 0x99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8
        self.assertEqual(idblock.times(secret, idblock.G)[0], x)
        key = idblock.key_of(secret)
        self.assertTrue(idblock.verifies(key, b"sample", idblock.pair_of(r, s)))
        self.assertFalse(idblock.verifies(key, b"other", idblock.pair_of(r, s)))
        self.assertTrue(idblock.verifies(key, b"other", idblock.sign(secret, b"other")))

    def test_files(self):
        """They are what the generator makes."""
        for name, content in idblock.files().items():
            self.assertEqual((idblock.INPUTS / name).read_text(encoding="utf-8"), content, name)

    def test_signatures(self):
        """And what it makes is signed."""
        for block, auth in (("id-block", "id-auth"), ("id-block", "id-auth-author-key"),
                            ("id-block-0xb0000", "id-auth-0xb0000"), ("id-block-version-2", "id-auth-version-2")):
            content, signed = read(f"{block}.b64"), read(f"{auth}.b64")
            self.assertTrue(idblock.verifies(signed[0x240:0x644], content, signed[0x40:0x240]), auth)
        signed = read("id-auth-author-key.b64")
        self.assertTrue(idblock.verifies(signed[0x880:0xC84], signed[0x240:0x644], signed[0x680:0x880]))


if __name__ == "__main__":
    unittest.main()

/* SPDX-License-Identifier: Apache-2.0 */
/* GUIDs as firmware stores them: the first three fields little-endian (UEFI 2.10, appendix A). */
#ifndef LAUNCHSEC_MEASURE_GUID_H
#define LAUNCHSEC_MEASURE_GUID_H

#define LSEC_GUID_SIZE 16

/* 00112233-4455-6677-8899-aabbccddeeff is LSEC_GUID(0x00112233, 0x4455, 0x6677, 0x88, ...). */
#define LSEC_GUID(a, b, c, ...)                                                                    \
	{                                                                                          \
		(a) & 0xff, (a) >> 8 & 0xff, (a) >> 16 & 0xff, (a) >> 24 & 0xff, (b)&0xff,         \
			(b) >> 8 & 0xff, (c)&0xff, (c) >> 8 & 0xff, __VA_ARGS__                    \
	}

#endif

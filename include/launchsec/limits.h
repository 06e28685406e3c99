/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on all input from outside. Each has a message of its own, and a golden test of that
 * message.
 */
#ifndef LAUNCHSEC_LIMITS_H
#define LAUNCHSEC_LIMITS_H

/* A limit as it stands here, in quotes, for messages. */
#define LSEC_TEXT_OF(number) #number
#define LSEC_TEXT(limit) LSEC_TEXT_OF(limit)

/* A domain, or a file of manifests for `lint`, in bytes: 16 MiB. */
#define LSEC_MAX_DOCUMENT 16777216U

/* What a domain may become, in bytes: 18 MiB. What launchsec adds has room in it; texts whose
 * characters become entities of six bytes have not. */
#define LSEC_MAX_RESULT 18874368U

/* A VMI, in bytes: 3 MiB, which is what a Kubernetes API server takes (k8s.io/apiserver,
 * pkg/server/config.go: MaxRequestBodyBytes). */
#define LSEC_MAX_VMI 3145728U

/* Elements inside each other in a domain. libvirt's own domains stay below ten; disk backing
 * chains are what nests deepest. */
#define LSEC_MAX_XML_DEPTH 200

/* Attributes (and namespace declarations) of one element. */
#define LSEC_MAX_XML_ATTRIBUTES 256

/* '=' signs followed by a quote between two '<' of the raw document. libxml2 before 2.12
 * compares every attribute of a tag with every other one, before it hands the tag to us; this
 * bounds that work and no real document comes near it. */
#define LSEC_MAX_XML_EQUAL_SIGNS 2000

/* White space in front of an element, in bytes, that is taken for its indentation, so that what
 * is added beside it gets the same. What is longer stays where it is. */
#define LSEC_MAX_INDENTATION 100

/* Elements, comments and processing instructions in a domain. A domain of 4 MB has about 80,000. */
#define LSEC_MAX_XML_ELEMENTS 500000

/* Different names of elements, attributes and instructions in a domain: libxml2 before 2.11
 * compares each new one with a part of all. A domain of KubeVirt has some 150. */
#define LSEC_MAX_XML_NAMES 5000

/* Namespace declarations in a domain: libxml2 searches all that are in scope for each prefixed
 * name. */
#define LSEC_MAX_XML_NAMESPACES 256

/* vCPUs of a domain: as many as KVM has at most (Linux arch/x86/kvm/Kconfig, KVM_MAX_NR_VCPUS). */
#define LSEC_MAX_VCPUS 4096

/* A firmware image that is measured, in bytes: 16 MiB. OVMF has 2 to 8. */
#define LSEC_MAX_FIRMWARE 16777216U

/* Sections in the metadata of a firmware image, the bytes of guest memory in one and in all: 64 MiB
 * and 256 MiB. OVMF has about ten sections of 4 MiB; measuring takes time for each page. */
#define LSEC_MAX_SECTIONS 64
#define LSEC_MAX_SECTION 67108864U
#define LSEC_MAX_SECTION_TOTAL 268435456U

/* A virt-launcher image, which has some 1.5 GB with 20,000 files in five layers. Bytes that are
 * read of it, packed and unpacked: 4 GiB. Entries of its layers; bytes of their names, 32 MiB;
 * bytes of the headers of one, 4 MiB; parts of paths that are looked up; directories inside each
 * other; symbolic links on the way to a file (Linux MAXSYMLINKS). */
#define LSEC_MAX_LAUNCHER_BYTES 4294967296U
#define LSEC_MAX_LAUNCHER_ENTRIES 250000
#define LSEC_MAX_LAUNCHER_NAMES 33554432U
#define LSEC_MAX_LAUNCHER_HEADER 4194304U
#define LSEC_MAX_LAUNCHER_STEPS 10000000
#define LSEC_MAX_LAUNCHER_DEPTH 256
#define LSEC_MAX_LAUNCHER_LINKS 40

/* The same: its layers (Linux takes some 500 for overlayfs); files of the archive itself; manifests
 * and indexes that are read; indexes inside each other; bytes of one of them, 4 MiB (OCI
 * distribution-spec); and firmware images, and bytes of these, 128 MiB, in memory at once. */
#define LSEC_MAX_LAUNCHER_LAYERS 500
#define LSEC_MAX_LAUNCHER_BLOBS 10000
#define LSEC_MAX_LAUNCHER_MANIFESTS 100
#define LSEC_MAX_LAUNCHER_NESTED 4
#define LSEC_MAX_LAUNCHER_MANIFEST 4194304U
#define LSEC_MAX_LAUNCHER_IMAGES 64
#define LSEC_MAX_LAUNCHER_IMAGE_BYTES 134217728U

/* Paths of firmware images, links counted, that are listed. */
#define LSEC_MAX_LAUNCHER_LISTED 1000

/* Arrays and objects inside each other in a VMI or config file. */
#define LSEC_MAX_JSON_DEPTH 64

/* Values (objects, lists, and what is in them) of a JSON or YAML document, after YAML's aliases
 * are followed: a VMI without its status and managed fields, a config file, initdata. A reader
 * makes some 800 bytes of an empty object, so these bound its memory. A VMI of a hundred disks
 * has some 1,500. */
#define LSEC_MAX_JSON_VALUES 15000

/* The same for all manifests of a file that `lint` is given. */
#define LSEC_MAX_MANIFEST_VALUES 1000000

/* Anchors and directives in a YAML document: libyaml compares each with all. And aliases, each
 * of which it compares with all anchors. */
#define LSEC_MAX_YAML_ANCHORS 100
#define LSEC_MAX_YAML_ALIASES 10000

/* Kubernetes objects in the manifests of one command. */
#define LSEC_MAX_OBJECTS 10000

/* Values in the spec of an instancetype or a preference that `lint` applies to VMs, each time anew.
 * KubeVirt's common ones have some twenty. */
#define LSEC_MAX_PRESET_VALUES 1000

/* Manifests in the directories of one command, and directories inside each other. */
#define LSEC_MAX_FILES 10000
#define LSEC_MAX_DIRECTORIES 32

/* Hook sidecars of a VM, for `lint`, which compares each with all. */
#define LSEC_MAX_SIDECARS 100

/* launchsec's annotations on a VMI, known or not. */
#define LSEC_MAX_ANNOTATIONS 1000

/* An annotation's value, in bytes. The longest value that has a use, id-auth in hex, is 8,196. */
#define LSEC_MAX_VALUE 65536U

/* The value of an initdata annotation, or of KubeVirt's of hook sidecars, in bytes. Kubernetes
 * takes 256 KiB for all annotations of an object. */
#define LSEC_MAX_INITDATA_VALUE 262144U

/* An initdata document, in bytes: 1 MiB, also after unpacking; and the texts in it. Real ones
 * have three. */
#define LSEC_MAX_INITDATA 1048576U
#define LSEC_MAX_INITDATA_FILES 256

/* OEM strings of a domain: SMBIOS type 11 has a byte for their number. And bytes of the one
 * argument in which libvirt gives them to QEMU (Linux MAX_ARG_STRLEN, without its NUL). */
#define LSEC_MAX_OEM_STRINGS 255
#define LSEC_MAX_OEM_BYTES 131071

/* Of these, what surely reaches the guest: 65,535 for all tables of SMBIOS 2.1, of which
 * KubeVirt's own take some. */
#define LSEC_SAFE_OEM_BYTES 60000

/* Attributes and elements of launchSecurity that are unknown and warned of one by one; those
 * after are counted only. */
#define LSEC_MAX_UNKNOWN_FIELDS 16

/* A path, in bytes (Linux PATH_MAX without its NUL). */
#define LSEC_MAX_PATH 4095

/* A UNIX socket's path, in bytes (sun_path without its NUL). */
#define LSEC_MAX_SOCKET_PATH 107

/* The URL of a key broker, in bytes. */
#define LSEC_MAX_URL 1024

/* A config or host facts file, in bytes: 1 MiB. */
#define LSEC_MAX_CONFIG 1048576U

/* A private key's file in PEM, in bytes: 64 KiB. One of P-384 has some 300. */
#define LSEC_MAX_KEY 65536U

/* An attestation report with its certificates, or a quote, in bytes: 1 MiB. */
#define LSEC_MAX_ATTESTATION 1048576U

/* What is looked at of the host, in bytes: a file of /sys, a firmware descriptor, the path of an
 * image in it; and descriptors in all. Fedora has some 30. */
#define LSEC_MAX_FACT_FILE 4096
#define LSEC_MAX_DESCRIPTOR 65536
#define LSEC_MAX_FACT_PATH 255
#define LSEC_MAX_DESCRIPTORS 256

/* Sockets a server listens on. */
#define LSEC_MAX_LISTENERS 4

/* Connections to a server. KubeVirt opens a new one for each call and one for Info. One more
 * than this takes the place of the one that has been silent for longest. */
#define LSEC_MAX_CONNECTIONS 256

/* Calls under way on one connection, and on all. Of those on all, one for each connection is
 * kept free. */
#define LSEC_MAX_CALLS_PER_CONNECTION 256
#define LSEC_MAX_CALLS 768

/* Header fields of a call, in bytes as HTTP/2 counts them (RFC 9113 6.5.2). */
#define LSEC_MAX_HEADER_LIST 16384

/* A message of a call: domain and VMI at their limits, and room for the rest. The node hook's
 * have no domain. */
#define LSEC_MAX_MESSAGE (LSEC_MAX_DOCUMENT + LSEC_MAX_VMI + 65536)
#define LSEC_MAX_NODE_MESSAGE (LSEC_MAX_VMI + 65536)

/* Messages and answers in memory, in bytes: 4 MiB. Beyond these, messages that do not fit a
 * first flow-control window (64 KiB) arrive one at a time; beyond these and one message of the
 * largest size, calls are ended. */
#define LSEC_MAX_SHARED 4194304U

/* Seconds: for a request to arrive whole; for a connection on which calls wait and nothing
 * moves, or that never said a thing; for calls under way when the server ends. KubeVirt itself
 * waits 60 for an answer. */
#define LSEC_MAX_REQUEST_SECONDS 60
#define LSEC_MAX_SILENT_SECONDS 60
#define LSEC_MAX_HELLO_SECONDS 10
#define LSEC_MAX_GRACE_SECONDS 10

/* Seconds for a client to close a connection that is over. */
#define LSEC_MAX_LINGER_SECONDS 1

/* Seconds for a libvirt to answer: it may have to start, and to try every QEMU it has. And the
 * bytes of its answer; domain capabilities have some 200,000. */
#define LSEC_MAX_LIBVIRT_SECONDS 30
#define LSEC_MAX_LIBVIRT_ANSWER 4194304U

/* Findings of each class in QEMU's namespace that are reported one by one; those after are
 * counted only. */
#define LSEC_MAX_QEMU_FINDINGS 16

/* A place in a message, in bytes: of a longer one the end. */
#define LSEC_MAX_PLACE 4096

/* Problems reported one by one; later ones are only counted. */
#define LSEC_MAX_PROBLEMS 64

#endif

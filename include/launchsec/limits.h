/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on everything that comes from outside. Each has a sentence of its
 * own for whoever runs into it, and a golden test of that sentence.
 */
#ifndef LAUNCHSEC_LIMITS_H
#define LAUNCHSEC_LIMITS_H

/* A limit as it stands here, in quotes, for messages. */
#define LSEC_TEXT_OF(number) #number
#define LSEC_TEXT(limit) LSEC_TEXT_OF(limit)

/* A domain or VMI document, in bytes: 16 MiB. */
#define LSEC_MAX_DOCUMENT 16777216U

/* Elements inside each other in a domain. libvirt's own domains stay below
 * ten; disk backing chains are what nests deepest. */
#define LSEC_MAX_XML_DEPTH 200

/* Attributes (and namespace declarations) of one element. */
#define LSEC_MAX_XML_ATTRIBUTES 256

/* '=' signs between two '<' of the raw document. libxml2 before 2.12 compares
 * every attribute of a tag with every other one, before it hands the tag to
 * us; this bounds that work and no real document comes near it. */
#define LSEC_MAX_XML_EQUAL_SIGNS 20000

/* Elements, comments and processing instructions in a domain. A domain of 4 MB
 * has about 80,000. */
#define LSEC_MAX_XML_ELEMENTS 500000

/* Namespace declarations in a domain: libxml2 searches all that are in scope
 * for each prefixed name. */
#define LSEC_MAX_XML_NAMESPACES 256

/* Arrays and objects inside each other in a VMI or config file. */
#define LSEC_MAX_JSON_DEPTH 64

/* Values in a YAML document after its aliases are followed. */
#define LSEC_MAX_YAML_VALUES 1000000

/* Anchors and directives in a YAML document: libyaml compares each with all. */
#define LSEC_MAX_YAML_ANCHORS 1000

/* Annotations of ours on a VMI, known or not. */
#define LSEC_MAX_ANNOTATIONS 1000

/* An annotation's value, in bytes. The longest value that has a use, id-auth
 * in hex, is 8,196. */
#define LSEC_MAX_VALUE 65536U

/* A path, in bytes (Linux PATH_MAX without its NUL). */
#define LSEC_MAX_PATH 4095

/* A UNIX socket's path, in bytes (sun_path without its NUL). */
#define LSEC_MAX_SOCKET_PATH 107

/* A config or host facts file, in bytes: 1 MiB. */
#define LSEC_MAX_CONFIG 1048576U

/* Problems told one by one; those after are counted only. */
#define LSEC_MAX_PROBLEMS 64

#endif

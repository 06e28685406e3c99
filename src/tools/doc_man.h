/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the man page that no table holds, in mdoc(7). */
#ifndef LAUNCHSEC_TOOLS_DOC_MAN_H
#define LAUNCHSEC_TOOLS_DOC_MAN_H

extern const char lsec_man_head[];        /* to NAME */
extern const char lsec_man_description[]; /* DESCRIPTION */
extern const char lsec_man_annotations[]; /* ANNOTATIONS, behind the prefix */
extern const char lsec_man_flags[];       /* "Policy flags", before the lists */
extern const char lsec_man_qgs[];         /* behind the lists of flags */
extern const char lsec_man_cluster[];     /* CLUSTER DEFAULTS, before the keys */
extern const char lsec_man_settings[];    /* ENVIRONMENT and FILES */
extern const char lsec_man_use[];         /* EXIT STATUS to DIAGNOSTICS */
extern const char lsec_man_see_also[];    /* SEE ALSO */

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// Everything about backups: loaded when somebody goes to the library.
export { Bin } from "../pages/bin";
export { Dump } from "../pages/dump";
export { Dumps } from "../pages/dumps";

// SPDX-License-Identifier: GPL-3.0-or-later
// Everything about one camera, ports, backups, the rescue, and the appliance's own
// settings: loaded when somebody goes there.
export { AddCamera, EditCamera } from "../pages/camera-form";
export { Camera } from "../pages/camera";
export { Port } from "../pages/port";
export { Write } from "../pages/write";
export { Bin } from "../pages/bin";
export { Dump } from "../pages/dump";
export { Dumps } from "../pages/dumps";
export { Bulk } from "../parts/bulk";
export { Licences } from "../pages/settings-about";
export { Archive } from "../pages/settings-archive";
export { Doctor } from "../pages/settings-doctor";
export { Configured, General, UsbPorts } from "../pages/settings-machine";
export { Storage } from "../pages/settings-storage";
export { Rescue } from "../pages/rescue";
export { Rescues } from "../pages/rescues";

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A media server for tests/peers.sh: peers_gst.py ADDRESS PORT FOLDER. gst-rtsp-server
takes what is published to /yard and /gate and decodes it into FOLDER."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

address, port, folder = sys.argv[1:]
Gst.init(None)
print("gst-rtsp-server", ".".join(str(n) for n in Gst.version()[:3]), flush=True)
server = GstRtspServer.RTSPServer()
server.set_address(address)
server.set_service(port)
for name in ("yard", "gate"):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
    factory.set_latency(0)
    factory.set_launch(
        "( decodebin name=depay0 ! videoconvert ! jpegenc ! "
        f"multifilesink location={folder}/{name}-%05d.jpg max-files=200 )"
    )
    server.get_mount_points().add_factory("/" + name, factory)
server.attach(None)
GLib.MainLoop().run()

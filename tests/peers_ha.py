#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Home Assistant's own code for tests/peers.sh: the dialogs of Generic Camera and MJPEG
IP Camera are filled in as the page says, then stills, its MJPEG proxy, HLS and
camera.record are looked at.

    peers_ha.py FOLDER PORT SECONDS WEB RTSP PASSWORD

Prints 0:NAME or 1:NAME for each check, comments, "done". Needs ffprobe."""
import asyncio
import os
import pathlib
import re
import subprocess
import sys
import time

from homeassistant import bootstrap, const
from homeassistant.runner import RuntimeConfig

folder, port, seconds, web, rtsp, password = sys.argv[1:]
folder = pathlib.Path(folder).resolve()
base = f"http://127.0.0.1:{port}"
STILL = f"http://{web}/cam/yard/snapshot.jpg"
MJPEG = f"http://{web}/cam/yard/stream.mjpeg"
LOGIN = {"username": "camherd", "verify_ssl": False}

CONFIGURATION = f"""
homeassistant:
  allowlist_external_dirs: ["{folder}"]
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
camera:
stream:
"""


def check(name, good, more=""):
    print(f"{0 if good else 1}:{name}", flush=True)
    if more or not good:
        print(f"# {more}", flush=True)


def probe(file):
    asked = "stream=codec_name,profile,width,height,nb_read_frames"
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_entries", asked, "-of", "csv=p=0", str(file)],
        capture_output=True, text=True, check=False)
    return out.stdout.strip(), out.stderr.strip()


async def dialog(hass, domain, fields):
    flows = hass.config_entries.flow
    r = await flows.async_init(domain, context={"source": "user"})
    if "advanced" in {str(k) for k in r["data_schema"].schema}:
        names = ("authentication", "framerate", "rtsp_transport", "verify_ssl")
        fields["advanced"] = {k: fields.pop(k) for k in names if k in fields}
    r = await flows.async_configure(r["flow_id"], fields)
    if r["type"] == "form" and r["step_id"].startswith("user_confirm"):
        r = await flows.async_configure(r["flow_id"], {"confirmed_ok": True})
    return r


async def hls(hass, session, entity):
    """What its player would fetch, in one file; the codecs that it announces."""
    from homeassistant.components.camera import async_request_stream

    async def get(url):
        async with session.get(url) as r:
            return await r.read() if r.status == 200 else b""

    url = base + await async_request_stream(hass, entity, "hls")
    master = (await get(url)).decode()
    media = url.rsplit("/", 1)[0] + "/" + [x for x in master.split("\n") if x and x[0] != "#"][0]
    above = media.rsplit("/", 1)[0] + "/"
    init, segments, end = b"", {}, time.monotonic() + 10 * int(seconds)
    while time.monotonic() < end and len(segments) < max(3, int(seconds) // 5):
        text = (await get(media)).decode()
        if not init and (m := re.search('EXT-X-MAP:URI="([^"]*)"', text)):
            init = await get(above + m[1])
        for x in text.split("\n"):
            if x and x[0] != "#" and x not in segments and (data := await get(above + x)):
                segments[x] = data
        await asyncio.sleep(0.5)
    file = folder / "hls.mp4"
    file.write_bytes(init + b"".join(segments.values()))
    return re.findall('CODECS="([^"]*)"', master), len(segments), probe(file)


async def proxied(session, state, wanted):
    """Pictures that its own MJPEG proxy hands on."""
    url = f"{base}/api/camera_proxy_stream/{state.entity_id}?token={state.attributes['access_token']}"
    n = 0
    try:
        async with asyncio.timeout(60), session.get(url) as r:
            async for chunk in r.content.iter_any():
                n += chunk.count(b"\xff\xd8\xff")
                if n >= wanted:
                    break
    except TimeoutError:
        pass
    return n


async def set_up(hass):
    r = await dialog(hass, "generic", LOGIN | {
        "still_image_url": STILL, "stream_source": f"rtsp://{rtsp}/yard", "password": password,
        "framerate": 2, "rtsp_transport": "tcp", "authentication": "basic"})
    check("Generic Camera takes the addresses", r["type"] == "create_entry", r.get("errors") or "")
    wrong = LOGIN | {"name": "wrong", "mjpeg_url": MJPEG, "still_image_url": STILL, "password": "wrong"}
    r = await dialog(hass, "mjpeg", wrong)
    check("MJPEG IP Camera knows a wrong password", (r.get("errors") or {}).get("username") == "invalid_auth")
    r = await dialog(hass, "mjpeg", wrong | {"name": "see", "password": password})
    check("MJPEG IP Camera takes the addresses", r["type"] == "create_entry", r.get("errors") or "")
    await hass.async_block_till_done()
    states = {s.entity_id: s for s in hass.states.async_all("camera")}
    see = states.pop("camera.see")
    return see, next(iter(states.values()))


async def main():
    from homeassistant.components.camera import async_get_image
    from homeassistant.helpers.aiohttp_client import async_get_clientsession

    (folder / "configuration.yaml").write_text(CONFIGURATION)
    hass = await bootstrap.async_setup_hass(RuntimeConfig(config_dir=str(folder), skip_pip=True))
    await hass.async_start()
    import av

    print(f"# Home Assistant {const.__version__}, PyAV {av.__version__}", flush=True)
    session = async_get_clientsession(hass)
    see, everything = await set_up(hass)
    for s, wanted in ((see, 45), (everything, 4)):
        image = (await async_get_image(hass, s.entity_id)).content
        check(f"a still of {s.name}", image[:2] == b"\xff\xd8" and len(image) > 2000)
        n = await proxied(session, s, wanted)
        check(f"its proxy shows {s.name}", n >= wanted, f"{n} pictures")
    codecs, n, (seen, complaint) = await hls(hass, session, everything.entity_id)
    check("HLS of our H.264", n >= 3 and seen.startswith("h264,Constrained Baseline,640,480,") and not complaint,
          f"{codecs}, {n} segments: {seen} {complaint}")
    file = folder / "recorded.mp4"
    await hass.services.async_call("camera", "record", {
        "entity_id": everything.entity_id, "filename": str(file), "duration": 5, "lookback": 0}, blocking=True)
    for _ in range(60):
        if file.exists() and file.stat().st_size > 0:
            break
        await asyncio.sleep(1)
    seen, complaint = probe(file)
    check("camera.record", seen.startswith("h264,") and not complaint, f"{seen} {complaint}")
    print("done", flush=True)
    os._exit(0)


asyncio.run(main())

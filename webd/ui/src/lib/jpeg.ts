// SPDX-License-Identifier: GPL-3.0-or-later
// A picture as webd takes it. What is no JPEG, or too large to be sent, is drawn and
// encoded by the browser; what it cannot draw is sent as it is, and webd says why not.
const BYTES_MAX = 12 << 20;
const LONG_MAX = 3200;
const QUALITY = 0.92;

export async function asJpeg(file: Blob): Promise<Blob> {
	if (file.type === "image/jpeg" && file.size <= BYTES_MAX) return file;
	try {
		const picture = await createImageBitmap(file);
		const scale = Math.min(1, LONG_MAX / Math.max(picture.width, picture.height));
		const canvas = document.createElement("canvas");
		canvas.width = Math.max(1, Math.round(picture.width * scale));
		canvas.height = Math.max(1, Math.round(picture.height * scale));
		const paper = canvas.getContext("2d");
		if (!paper) return file;
		// What is transparent is white, not black.
		paper.fillStyle = "#fff";
		paper.fillRect(0, 0, canvas.width, canvas.height);
		paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
		picture.close();
		return await new Promise((resolve) => canvas.toBlob((made) => resolve(made ?? file), "image/jpeg", QUALITY));
	} catch {
		return file;
	}
}

"""ComfyUI's nodes as its own source declares them: inputs by type, and the types of the outputs.

Read in comfyanonymous/ComfyUI (nodes.py, comfy_extras/nodes_*.py) and, for the LivePortrait nodes,
kijai/ComfyUI-LivePortraitKJ (nodes.py). "?" before a type: the input may be left out. FILE is a
name in a folder of the server; a tuple lists what may be chosen.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Kind(NamedTuple):
    """A kind of node. `saves` is what it leaves in the output folder, empty for nothing."""

    inputs: dict[str, Any]
    outputs: tuple[str, ...] = ()
    saves: str = ""


SIDES = {"width": "INT", "height": "INT", "batch_size": "INT"}
CLIP_SIDES = {**SIDES, "length": "INT"}
TWO = {"positive": "CONDITIONING", "negative": "CONDITIONING"}
SAMPLERS = ("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_sde", "uni_pc", "lcm", "ddim")
SCHEDULERS = ("simple", "sgm_uniform", "karras", "exponential", "normal", "beta")
WEIGHTS = ("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2")
ORDERS = ("large-small", "left-right", "right-left", "top-bottom", "bottom-top", "small-large",
          "distance-from-retarget-face")  # fmt: skip

NODES = {
    "CheckpointLoaderSimple": Kind({"ckpt_name": "FILE"}, ("MODEL", "CLIP", "VAE")),
    "UNETLoader": Kind({"unet_name": "FILE", "weight_dtype": WEIGHTS}, ("MODEL",)),
    "CLIPLoader": Kind(
        {"clip_name": "FILE", "type": ("stable_diffusion", "sd3", "ltxv", "wan", "qwen_image")},
        ("CLIP",),
    ),
    "DualCLIPLoader": Kind(
        {"clip_name1": "FILE", "clip_name2": "FILE",
         "type": ("sdxl", "sd3", "flux", "hunyuan_video", "hidream")}, ("CLIP",),
    ),
    "VAELoader": Kind({"vae_name": "FILE"}, ("VAE",)),
    "CLIPVisionLoader": Kind({"clip_name": "FILE"}, ("CLIP_VISION",)),
    "CLIPTextEncode": Kind({"text": "STRING", "clip": "CLIP"}, ("CONDITIONING",)),
    "CLIPVisionEncode": Kind(
        {"clip_vision": "CLIP_VISION", "image": "IMAGE", "crop": ("center", "none")},
        ("CLIP_VISION_OUTPUT",),
    ),
    "FluxGuidance": Kind({"conditioning": "CONDITIONING", "guidance": "FLOAT"}, ("CONDITIONING",)),
    "ModelSamplingSD3": Kind({"model": "MODEL", "shift": "FLOAT"}, ("MODEL",)),
    "EmptyLatentImage": Kind(SIDES, ("LATENT",)),
    "EmptySD3LatentImage": Kind(SIDES, ("LATENT",)),
    "EmptyHunyuanLatentVideo": Kind(CLIP_SIDES, ("LATENT",)),
    "EmptyLTXVLatentVideo": Kind(CLIP_SIDES, ("LATENT",)),
    "KSampler": Kind(
        {"model": "MODEL", "seed": "INT", "steps": "INT", "cfg": "FLOAT", "sampler_name": SAMPLERS,
         "scheduler": SCHEDULERS, **TWO, "latent_image": "LATENT", "denoise": "FLOAT"},
        ("LATENT",),
    ),
    "KSamplerSelect": Kind({"sampler_name": SAMPLERS}, ("SAMPLER",)),
    "RandomNoise": Kind({"noise_seed": "INT"}, ("NOISE",)),
    "BasicGuider": Kind({"model": "MODEL", "conditioning": "CONDITIONING"}, ("GUIDER",)),
    "BasicScheduler": Kind(
        {"model": "MODEL", "scheduler": SCHEDULERS, "steps": "INT", "denoise": "FLOAT"},
        ("SIGMAS",),
    ),
    "SamplerCustom": Kind(
        {"model": "MODEL", "add_noise": "BOOLEAN", "noise_seed": "INT", "cfg": "FLOAT", **TWO,
         "sampler": "SAMPLER", "sigmas": "SIGMAS", "latent_image": "LATENT"},
        ("LATENT", "LATENT"),
    ),
    "SamplerCustomAdvanced": Kind(
        {"noise": "NOISE", "guider": "GUIDER", "sampler": "SAMPLER", "sigmas": "SIGMAS",
         "latent_image": "LATENT"}, ("LATENT", "LATENT"),
    ),
    "VAEDecode": Kind({"samples": "LATENT", "vae": "VAE"}, ("IMAGE",)),
    "VAEDecodeTiled": Kind(
        {"samples": "LATENT", "vae": "VAE", "tile_size": "INT", "overlap": "INT",
         "temporal_size": "INT", "temporal_overlap": "INT"}, ("IMAGE",),
    ),
    "LoadImage": Kind({"image": "FILE"}, ("IMAGE", "MASK")),
    "ImageScale": Kind(
        {"image": "IMAGE", "width": "INT", "height": "INT", "crop": ("disabled", "center"),
         "upscale_method": ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")},
        ("IMAGE",),
    ),
    "LoadAudio": Kind({"audio": "FILE"}, ("AUDIO",)),
    "AudioEncoderLoader": Kind({"audio_encoder_name": "FILE"}, ("AUDIO_ENCODER",)),
    "AudioEncoderEncode": Kind(
        {"audio_encoder": "AUDIO_ENCODER", "audio": "AUDIO"}, ("AUDIO_ENCODER_OUTPUT",)
    ),
    "WanImageToVideo": Kind(
        {**TWO, "vae": "VAE", **CLIP_SIDES, "clip_vision_output": "?CLIP_VISION_OUTPUT",
         "start_image": "?IMAGE"}, ("CONDITIONING", "CONDITIONING", "LATENT"),
    ),
    "WanSoundImageToVideo": Kind(
        {**TWO, "vae": "VAE", **CLIP_SIDES, "audio_encoder_output": "?AUDIO_ENCODER_OUTPUT",
         "ref_image": "?IMAGE", "control_video": "?IMAGE", "ref_motion": "?IMAGE"},
        ("CONDITIONING", "CONDITIONING", "LATENT"),
    ),
    "LTXVConditioning": Kind({**TWO, "frame_rate": "FLOAT"}, ("CONDITIONING", "CONDITIONING")),
    "LTXVScheduler": Kind(
        {"steps": "INT", "max_shift": "FLOAT", "base_shift": "FLOAT", "stretch": "BOOLEAN",
         "terminal": "FLOAT", "latent": "?LATENT"}, ("SIGMAS",),
    ),
    "CreateVideo": Kind({"images": "IMAGE", "fps": "FLOAT", "audio": "?AUDIO"}, ("VIDEO",)),
    "SaveImage": Kind({"images": "IMAGE", "filename_prefix": "STRING"}, saves="image"),
    "SaveVideo": Kind(
        {"video": "VIDEO", "filename_prefix": "STRING", "format": ("auto", "mp4"),
         "codec": ("auto", "h264")}, saves="video",
    ),
    "DownloadAndLoadLivePortraitModels": Kind(
        {"precision": ("fp16", "fp32", "auto"), "mode": ("human", "animal")}, ("LIVEPORTRAITPIPE",)
    ),
    "LivePortraitLoadMediaPipeCropper": Kind(
        {"landmarkrunner_onnx_device": ("CPU", "CUDA", "ROCM", "CoreML", "torch_gpu"),
         "keep_model_loaded": "BOOLEAN"}, ("LPCROPPER",),
    ),
    "LivePortraitCropper": Kind(
        {"pipeline": "LIVEPORTRAITPIPE", "cropper": "LPCROPPER", "source_image": "IMAGE",
         "dsize": "INT", "scale": "FLOAT", "vx_ratio": "FLOAT", "vy_ratio": "FLOAT",
         "face_index": "INT", "face_index_order": ORDERS, "rotate": "BOOLEAN"},
        ("IMAGE", "CROPINFO"),
    ),
    "LivePortraitProcess": Kind(
        {"pipeline": "LIVEPORTRAITPIPE", "crop_info": "CROPINFO", "source_image": "IMAGE",
         "driving_images": "IMAGE", "lip_zero": "BOOLEAN", "lip_zero_threshold": "FLOAT",
         "stitching": "BOOLEAN", "delta_multiplier": "FLOAT",
         "mismatch_method": ("constant", "cycle", "mirror", "cut"),
         "relative_motion_mode": ("relative", "source_video_smoothed", "relative_rotation_only",
                                  "single_frame", "off"),
         "driving_smooth_observation_variance": "FLOAT"}, ("IMAGE", "LP_OUT"),
    ),
    "LivePortraitComposite": Kind(
        {"source_image": "IMAGE", "cropped_image": "IMAGE", "liveportrait_out": "LP_OUT",
         "mask": "?MASK"}, ("IMAGE", "MASK"),
    ),
}  # fmt: skip
_PLAIN: dict[str, Any] = {"INT": int, "FLOAT": (int, float), "STRING": str, "BOOLEAN": bool,
                          "FILE": str}  # fmt: skip


def faults_of(graph: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """What ComfyUI would say is wrong with each node of a graph; empty when it would run it."""
    told: dict[str, list[dict[str, str]]] = {}
    for name, node in graph.items():
        kind, given = NODES[node["class_type"]], node["inputs"]
        errors = [
            _error("unknown_input", "Unknown input", field)
            for field in given if field not in kind.inputs
        ]  # fmt: skip
        for field, wanted in kind.inputs.items():
            is_free = isinstance(wanted, str) and wanted.startswith("?")
            if field not in given:
                errors += [] if is_free else [
                    _error("required_input_missing", "Required input is missing", field)
                ]  # fmt: skip
            elif why := _wrong(graph, given[field], wanted):
                errors.append(_error("return_type_mismatch", why, field))
        if errors:
            told[name] = errors
    return told


def _wrong(graph: dict[str, Any], value: Any, wanted: Any) -> str:
    """Why a value will not do; empty when it will."""
    if isinstance(value, list):
        source = graph.get(str(value[0]))
        if source is None or value[1] >= len(NODES[source["class_type"]].outputs):
            return "Bad linked input, it goes nowhere"
        given = NODES[source["class_type"]].outputs[value[1]]
        is_same = isinstance(wanted, str) and given == wanted.removeprefix("?")
        return "" if is_same else f"Return type mismatch between linked nodes: {given} {wanted}"
    if isinstance(wanted, tuple):
        return "" if value in wanted else f"Value not in list: {value!r}"
    plain = _PLAIN.get(wanted)
    if plain is None:
        return f"a link of type {wanted} is wanted"
    is_number = wanted in ("INT", "FLOAT") and isinstance(value, bool)
    return "" if isinstance(value, plain) and not is_number else f"Failed to convert {value!r}"


def _error(kind: str, message: str, field: str) -> dict[str, str]:
    return {"type": kind, "message": message, "details": field}

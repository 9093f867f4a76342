namespace Lodger.Engine.Spec;

/// <summary>What a job that names none gets; taken from its directory where that says something.</summary>
/// <param name="ImageReason">Why this image: part of a sentence.</param>
/// <param name="Disk">As in <c>job.yaml</c>, for example <c>40GB</c>.</param>
/// <param name="Results">The roster's one pattern.</param>
public sealed record SpecDefaults(string Image, string ImageReason, string Disk, string Results)
{
    internal const string TorchImage = "pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime";
    internal const string PythonImage = "python:3.12-slim";
    internal const string UsualDisk = "40GB";

    /// <param name="directory">Absolute; the code's directory.</param>
    public static SpecDefaults Of(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        DirectoryFindings found = DirectoryFindings.Look(directory);
        (string image, string reason) = ImageOf(found);
        return new(image, reason, UsualDisk, found.Results);
    }

    internal static (string Image, string Reason) ImageOf(DirectoryFindings found) => found switch
    {
        { BaseImage: { } stated } => (stated, "the Dockerfile's base image"),
        { UsesTorch: true } => (TorchImage, "with PyTorch and CUDA"),
        _ => (PythonImage, "the program does not import torch"),
    };
}

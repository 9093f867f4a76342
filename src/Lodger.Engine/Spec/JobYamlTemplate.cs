using System.Text;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Spec;

/// <summary>The commented <c>job.yaml</c> that <c>lodger init</c> writes: filled in from what a directory holds, and valid as it stands.</summary>
public static class JobYamlTemplate
{
    /// <summary>What the directory lacks before the job can run; null: nothing.</summary>
    /// <param name="directory">Absolute.</param>
    public static string? Lacking(string directory) =>
        DirectoryFindings.Look(directory).LacksProgram
            ? "There is no program here yet (no train.py, main.py, run.py, finetune.py, run.sh, nor one single other .py file): put train.py here, or write your own command behind  run:  before you rent anything. It has to write its results below  results/ ."
            : null;

    /// <param name="directory">Absolute; the code's directory, where the file will lie.</param>
    /// <param name="profile">Whose limits the comments name.</param>
    public static string Write(string directory, PlatformProfile profile)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(profile);
        DirectoryFindings found = DirectoryFindings.Look(directory);
        string name = NameRules.Suggest(Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)));
        string image = SpecDefaults.ImageOf(found).Image;

        var yaml = new StringBuilder();
        yaml.Append($"# Written by lodger init from what it found here. Reference: docs/job-yaml.md.  Price it:  lodger plan job.yaml\n");
        yaml.Append($"name: {name}\n\n");
        yaml.Append($"# The image is the environment; its CUDA must not be newer than the host's driver supports.{From(found.BaseImage, "the Dockerfile's base image")}\n");
        yaml.Append($"image: {image}\n");
        yaml.Append("gpu: {name: RTX 4090, count: 1}\n");
        yaml.Append($"# At least {profile.MinDiskGb}GB, and it can never grow: count image, data, checkpoints and results.\n");
        yaml.Append($"disk: {SpecDefaults.UsualDisk}\n\n");
        yaml.Append("# This directory is sent, except for what .gitignore and .lodgerignore name.\n");
        yaml.Append("code: .\n");
        yaml.Append("# Large inputs are better fetched by the machine itself:\n");
        yaml.Append("# data: [{url: https://example.org/data.tar, path: data/data.tar}]\n");
        yaml.Append("# env: {LR: \"0.001\"}\n");
        yaml.Append("# Names only; the values come from your environment. On the machine only the job's process gets them; the platform stores them with the rental.\n");
        yaml.Append("# secrets: [WANDB_API_KEY]\n\n");
        yaml.Append(found.Setup is { } setup ? $"setup: {setup}\n" : "# setup: pip install -r requirements.txt\n");
        yaml.Append("# Runs again from the start whenever the machine restarts, so it should load its newest checkpoint when there is one.\n");
        if (found.LacksProgram)
            yaml.Append("# Nothing was here that could be run: put a train.py beside this file, or write your own command.\n");
        yaml.Append($"run: {found.Run}\n\n");
        yaml.Append("# What must come home, relative to the job's directory on the machine. Each pattern must match a file, or nothing is destroyed.\n");
        yaml.Append($"results: [{found.Results}]\n");
        yaml.Append(found.Checkpoints is { } checkpoints ? $"checkpoints: [{checkpoints}]\n\n" : "# checkpoints: [checkpoints/*]\n\n");
        yaml.Append("# How long you expect it to run (prices the plan) and the most it may cost, US dollars.\n");
        yaml.Append("work: 1h\nbudget: 5.00\n");
        yaml.Append("# ask: you approve the destruction. when-verified: a yes in advance, once everything is home and loads.\n");
        yaml.Append("teardown: ask\n");
        return yaml.ToString();
    }

    private static string From(string? value, string where) => value is null ? "" : $" (This is {where}.)";
}

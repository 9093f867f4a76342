using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;

namespace Lodger.Remote.Script;

/// <summary>The instructions for the lodge script: one file a value, so that nothing has to be quoted or parsed on the machine.</summary>
internal static class PayloadFiles
{
    /// <summary>Relative path below <c>.lodger</c> to content, the script itself included.</summary>
    public static Outcome<IReadOnlyDictionary<string, string>> Of(Payload payload, PlatformProfile profile)
    {
        if (FindFault(payload) is { } fault)
        {
            return new Problem("payload-invalid", fault, "Correct the job's spec.", ExitCode.BadInput);
        }

        var overrides = profile.Overrides;
        var files = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["lodge.sh"] = EmbeddedScript.Lodge,
            ["payload/job"] = payload.Job,
            ["payload/attempt"] = Number(payload.Attempt),
            ["payload/workdir"] = payload.Workdir,
            ["payload/run"] = payload.Run.ReplaceLineEndings("\n") + "\n",
            ["payload/setup"] = payload.Setup is null ? "" : payload.Setup.ReplaceLineEndings("\n") + "\n",
            ["payload/progress_file"] = payload.ProgressFile ?? "",
            ["payload/patterns"] = string.Concat(payload.Results.Select(pattern => ResultPattern.ToExpression(pattern) + "\n")),
            ["payload/checkpoints"] = string.Concat(payload.Checkpoints.Select(pattern => ResultPattern.ToExpression(pattern) + "\n")),
            ["payload/gpu_count"] = Number(payload.GpuCount),
            ["payload/gpu_name"] = payload.GpuName,
            ["payload/gpu_memory_mb"] = Number(payload.GpuMemoryMb),
            ["payload/abandon_after_s"] = Seconds(payload.StopWhenAbandonedAfter),
            ["payload/stall_after_s"] = Seconds(payload.StallAfter),
            ["payload/checkpoint_every_s"] = Number(payload.CheckpointEvery is { } every ? CadenceText.Seconds(every) : 0),
            ["payload/data_dir"] = overrides.DataDir,
            ["payload/durable_dir"] = overrides.DurableDir,
            ["payload/proxy_hook"] = overrides.ProxyHook,
            ["payload/cred_file"] = overrides.CredFile,
            ["payload/scratch"] = string.Join(' ', payload.Scratch.Count > 0 ? payload.Scratch : overrides.Scratch),
            ["payload/hf_home"] = overrides.HfHome,
            ["payload/detach"] = overrides.Detach,
        };
        for (var i = 0; i < payload.Data.Count; i++)
        {
            var source = payload.Data[i];
            files[$"payload/data.{i + 1}.url"] = source.Url;
            files[$"payload/data.{i + 1}.path"] = source.Path;
            files[$"payload/data.{i + 1}.sha256"] = source.Sha256?.ToLowerInvariant() ?? "";
        }

        return Outcome<IReadOnlyDictionary<string, string>>.Ok(files);
    }

    private static string? FindFault(Payload payload)
    {
        if (!payload.Workdir.StartsWith('/') || !IsOneLine(payload.Workdir))
        {
            return $"The workdir '{payload.Workdir}' is not an absolute path on one line.";
        }

        if (string.IsNullOrWhiteSpace(payload.Run))
        {
            return "There is no command to run.";
        }

        if (payload.Results.Concat(payload.Checkpoints).FirstOrDefault(pattern => !IsRelative(pattern)) is { } pattern)
        {
            return $"The pattern '{pattern}' is not a path below the workdir.";
        }

        if (payload.ProgressFile is not null && !IsRelative(payload.ProgressFile))
        {
            return $"The progress file '{payload.ProgressFile}' is not a path below the workdir.";
        }

        if (payload.Data.FirstOrDefault(source => !IsRelative(source.Path)) is { } source)
        {
            return $"The data path '{source.Path}' is not a path below the data directory.";
        }

        return payload.Data.FirstOrDefault(item => !IsWebAddress(item.Url)) is { } other
            ? $"The data for '{other.Path}' does not come from an http or https address."
            : null;
    }

    private static bool IsRelative(string path) =>
        path.Length > 0 && !path.StartsWith('/') && IsOneLine(path) && !path.Split('/').Contains("..");

    private static bool IsOneLine(string text) => text.AsSpan().IndexOfAny('\n', '\r', '\0') < 0;

    private static bool IsWebAddress(string text) =>
        IsOneLine(text) && Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan? span) =>
        span is { } value ? Math.Max(1, (long)Math.Ceiling(value.TotalSeconds)).ToString(CultureInfo.InvariantCulture) : "0";
}

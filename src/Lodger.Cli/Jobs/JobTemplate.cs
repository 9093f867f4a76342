namespace Lodger.Cli.Jobs;

/// <summary>The job.yaml that <c>init</c> writes: every line that one may want, with its reason.</summary>
internal static class JobTemplate
{
    public static string Of(DirectoryLook look)
    {
        var image = look.UsesTorch ? "pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime" : "nvidia/cuda:12.4.1-runtime-ubuntu22.04";
        var results = look.OutputDirectories.Count > 0 ? string.Join(", ", look.OutputDirectories.Select(d => $"\"{d}/**\"")) : "\"out/**\"";
        var resultsReason = look.OutputDirectories.Count > 0 ? "found here" : "a guess: write the files that must come home";
        var setup = look.Setup is null
            ? "# setup: pip install --no-cache-dir -r requirements.txt   # run once, before the first start"
            : $"setup: {look.Setup}   # {look.SetupReason}";
        return $"""
            # A job for Lodger. Every field: docs/job-yaml.md. Price it with  lodger plan , try it for free with  lodger run --market local
            name: {look.Name}

            image: {image}   # the environment; the machine pulls it
            gpu: RTX 4090            # a name, a list of names, or {"{"}name: RTX 4090, count: 2, memory: 24GB{"}"}
            disk: 40GB               # image + data + checkpoints + results; it can never grow
            # offers: inet_down>500  # further conditions, in the platform's query grammar

            code: .                  # sent to the machine, less what .gitignore and .lodgerignore name
            # data:                  # fetched by the machine itself, once
            #   - url: https://example.org/data.tar
            #     sha256: 0000000000000000000000000000000000000000000000000000000000000000

            {setup}
            run: {Scalar(look.Run)}   # {look.RunReason}

            results: [{results}]   # {resultsReason}; nothing is destroyed before they are home and load
            # checkpoints: ["checkpoints/*.safetensors"]

            # env: {"{"}LR: "0.001"{"}"}
            # secrets: [WANDB_API_KEY]   # names only; the values come from your environment
            # ports: [6006/tcp]

            # progress: {"{"}regex: 'step (?<step>\d+)/(?<total>\d+) loss (?<loss>[\d.]+)'{"}"}
            # stall: {"{"}after: 30m, action: tell{"}"}
            work: 1h                 # how long you expect it to run: the plan's price rests on it
            budget: 5                # USD, for everything; Lodger acts before it is passed
            teardown: ask            # or when-verified: a standing yes that is worth nothing without the receipt

            """;
    }

    /// <summary>A file's name may hold what means something in YAML.</summary>
    private static string Scalar(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '.' or '/' or '_' or '-') ? text : FlagSpec.Quoted(text);
}

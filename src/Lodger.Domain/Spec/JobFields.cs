namespace Lodger.Domain.Spec;

/// <summary>The fields of <c>job.yaml</c>. The reader, the published schema and the reference are held to this list by tests.</summary>
public static class JobFields
{
    public static readonly IReadOnlyList<string> All =
    [
        "name", "image", "registry", "gpu", "disk", "offers", "rent", "bid", "deadline", "patience", "volume", "code", "data", "env", "secrets", "ports", "setup", "run", "workdir",
        "checkpoints", "mirror", "results", "copies", "progress", "stall", "teardown", "budget", "work", "abandoned", "sweep", "rehearse",
    ];

    public static readonly IReadOnlyList<string> Required = ["name", "image", "gpu", "disk", "run", "results"];

    public static readonly IReadOnlyList<string> Registry = ["server", "user", "password_secret"];

    public static readonly IReadOnlyList<string> Gpu = ["name", "names", "count", "memory"];

    public static readonly IReadOnlyList<string> Data = ["url", "path", "sha256"];

    public static readonly IReadOnlyList<string> Progress = ["file", "regex"];

    public static readonly IReadOnlyList<string> Stall = ["after", "action"];

    public static readonly IReadOnlyList<string> Bid = ["max", "raise"];

    public static readonly IReadOnlyList<string> Volume = ["id", "path"];

    public static readonly IReadOnlyList<string> Mirror = ["keep", "pin"];

    public static readonly IReadOnlyList<string> Rehearse = ["run", "env", "deterministic"];

    public static readonly IReadOnlyList<string> Sweep = ["grid", "list", "parallel"];

    /// <summary>Words that people know from elsewhere or from our plans, and what to do without them today.</summary>
    public static readonly IReadOnlyDictionary<string, string> NotYet = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["matrix"] = "Several settings are written  sweep: {grid: {LR: [0.1, 0.01]}}.",
        ["volumes"] = "A job works on one volume:  volume: ID  (lodger volume list).",
        ["cloud"] = "Where results are copied besides is written  copies: [s3:bucket/runs]",
        ["max_bid"] = "The most that is bid is written  bid: {max: 0.30}.",
        ["nodes"] = "Lodger runs a job on one machine; ask for more GPUs with gpu: {count: N}.",
        ["schedule"] = "Lodger starts a job when you say so; use your system's timer around lodger run.",
        ["notify"] = "Who is told stands in notify.json in the settings directory (docs/money.md), not in the job.",
        ["webhook"] = "Who is told stands in notify.json in the settings directory (docs/money.md), not in the job.",
        ["retries"] = "Lodger does not run a failed command again; make the command do so.",
        ["markets"] = "The market is chosen on the command line, with --market.",
        ["market"] = "The market is chosen on the command line, with --market.",
    };
}

namespace Lodger.Domain.Spec;

/// <summary>The fields of <c>job.yaml</c>. The reader, the published schema and the reference are held to this list by tests.</summary>
public static class JobFields
{
    public static readonly IReadOnlyList<string> All =
    [
        "name", "image", "registry", "gpu", "disk", "offers", "rent", "code", "data", "env", "secrets", "ports", "setup", "run", "workdir",
        "checkpoints", "results", "progress", "stall", "teardown", "budget", "work", "abandoned",
    ];

    public static readonly IReadOnlyList<string> Required = ["name", "image", "gpu", "disk", "run", "results"];

    public static readonly IReadOnlyList<string> Registry = ["server", "user", "password_secret"];

    public static readonly IReadOnlyList<string> Gpu = ["name", "names", "count", "memory"];

    public static readonly IReadOnlyList<string> Data = ["url", "path", "sha256"];

    public static readonly IReadOnlyList<string> Progress = ["file", "regex"];

    public static readonly IReadOnlyList<string> Stall = ["after", "action"];

    /// <summary>Words that people know from elsewhere or from our plans, and what to do without them today.</summary>
    public static readonly IReadOnlyDictionary<string, string> NotYet = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["deadline"] = "Lodger does not plan against a deadline yet; set budget: to bound the cost.",
        ["sweep"] = "Lodger runs one job a file; write one file per setting.",
        ["matrix"] = "Lodger runs one job a file; write one file per setting.",
        ["volumes"] = "Lodger does not rent volumes yet; results are brought home instead.",
        ["volume"] = "Lodger does not rent volumes yet; results are brought home instead.",
        ["cloud"] = "Lodger does not copy to cloud storage yet; results are brought home instead.",
        ["mirror"] = "Lodger does not mirror while a job runs yet; checkpoints: are brought home with the results.",
        ["bid"] = "Lodger does not bid yet; it rents on-demand.",
        ["max_bid"] = "Lodger does not bid yet; it rents on-demand.",
        ["patience"] = "Lodger does not wait out preemptions yet; it rents on-demand.",
        ["nodes"] = "Lodger runs a job on one machine; ask for more GPUs with gpu: {count: N}.",
        ["schedule"] = "Lodger starts a job when you say so; use your system's timer around lodger run.",
        ["notify"] = "Lodger does not send messages yet; lodger wait blocks until a state is reached.",
        ["webhook"] = "Lodger does not send messages yet; lodger wait blocks until a state is reached.",
        ["retries"] = "Lodger does not run a failed command again; make the command do so.",
        ["markets"] = "The market is chosen on the command line, with --market.",
        ["market"] = "The market is chosen on the command line, with --market.",
    };
}

using Lodger.Remote.Script;

namespace Lodger.Cli.Agents;

/// <summary>Every tool of <c>lodger mcp</c>. Each is a command that only looks; the two that cost or delete end in words for a person.</summary>
internal static class AgentTools
{
    private const int LogLines = 100;

    private static readonly AgentArgument Job = new("job", "string", "Name or id of a job", IsRequired: true);
    private static readonly AgentArgument Account = new("account", "string", "Account to ask, or local for the embedded marketplace; left out: the configured one");
    private static readonly AgentArgument File = new("file", "string", "Path of a job.yaml", IsRequired: true);

    public static IReadOnlyList<AgentTool> All { get; } =
    [
        new("offers", "GPUs that are for rent now, with prices in USD.",
            [new("query", "string", "In the platform's grammar, for example: gpu_name=RTX_4090 num_gpus=1 dph<0.5"), Account],
            call => ["offers", "--json", .. call.Option("account", "--account"), "--", .. call.Optional("query")]),
        new("plan", "What a job.yaml would cost on what is for rent now, ranked by expected total in USD, with what to know before paying. Rents nothing.",
            [File, Account],
            call => ["plan", "--json", .. call.Option("account", "--account"), "--", call["file"]]),
        new("run", "Prices a job.yaml and says what a person types to run it. It rents nothing itself: renting costs money, and only a person may spend it.",
            [File, Account],
            call => ["plan", "--json", .. call.Option("account", "--account"), "--", call["file"]])
        {
            ForPerson = call => string.Join(' ', new[] { "lodger run", ShellQuote.Word(call["file"]) }.Concat(call.Option("account", "--account").Select(ShellQuote.Word))),
        },
        new("jobs", "All open jobs: state, progress, what bills now in USD an hour and what was spent.",
            [new("all", "boolean", "Closed jobs too")],
            call => ["ps", "--json", .. call.Is("all") ? (string[])["--all"] : []]),
        new("job", "One job: phase, progress, machine, meter, results, findings, next step.", [Job], call => ["show", "--json", "--", call["job"]]),
        new("events", "A job's journal: everything that happened, in order.", [Job, new("lines", "integer", "The newest so many entries (100)")], call => ["events", "--json", "--", call["job"]])
        {
            LastLines = call => call.Number("lines", LogLines),
        },
        new("logs", "The end of a job's own output.", [Job, new("lines", "integer", "So many lines (100)")], call => ["logs", "--", call["job"]])
        {
            LastLines = call => call.Number("lines", LogLines),
        },
        new("boot_logs", "What the platform logged while the machine booted: image pull, start, boot script.", [Job, new("lines", "integer", "So many lines of each log (100)")],
            call => ["logs", "--boot", "--tail", $"{call.Number("lines", LogLines)}", "--", call["job"]]),
        new("doctor", "What goes wrong with a job, or with all: findings with what was seen, cause and fix. With a job it looks into the machine now.",
            [Job with { IsRequired = false }],
            call => ["doctor", "--json", "--", .. call.Optional("job")]),
        new("explain", "A finding of the doctor in words: symptom, cause, fix.", [new("id", "string", "For example VAST3, or a word of what is seen", IsRequired: true)], call => ["explain", "--json", "--", call["id"]]),
        new("cost", "What a job, or all open jobs, cost by rental and category, and what bills on.", [Job with { IsRequired = false }], call => ["cost", "--json", "--", .. call.Optional("job")]),
        new("clocks", "When data or money is lost: contract ends, balance, stopped rentals, unused volumes, what waits for a person.", [], _ => ["clocks", "--json"]),
        new("storage", "Where each of a job's files lies now and what survives stop, destroy and the host's loss.", [Job], call => ["storage", "--json", "--", call["job"]]),
        new("verify", "Reads every file of a local directory of results: does it load, and is it what the machine's manifest says.", [new("directory", "string", "A pulled bundle, or any directory", IsRequired: true)],
            call => ["verify", "--json", "--", call["directory"]]),
        new("gate", "What each rental of a job still lacks before it may be destroyed. Asks nobody and destroys nothing.", [Job], call => ["gate", "--json", "--", call["job"]]),
        new("destroy", "Says what a job's rental still lacks before it may be destroyed and what a person types to agree. It destroys nothing itself: a destroy deletes everything on the machine, and only a person may agree to it.",
            [Job],
            call => ["gate", "--json", "--", call["job"]])
        {
            ForPerson = call => $"lodger down {ShellQuote.Word(call["job"])}",
            AttemptsDestroyOf = call => call["job"],
        },
    ];
}

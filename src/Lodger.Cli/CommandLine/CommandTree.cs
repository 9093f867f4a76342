using System.CommandLine;
using System.CommandLine.Help;
using Lodger.Cli.Commands;
using Lodger.Cli.Composition;

namespace Lodger.Cli.CommandLine;

/// <summary>All commands, in the order in which a person meets them.</summary>
internal static class CommandTree
{
    /// <summary>A word that begins with @ is a word: nothing is read from the file of that name, which may hold a key.</summary>
    public static ParserConfiguration Plain { get; } = new() { ResponseFileTokenReplacer = null };

    private static readonly Listed[] All =
    [
        new("demo", DemoCommand.Make),
        new("login", LoginCommand.Make),
        new("init", InitCommand.Make),
        new("import", ImportCommand.Make),
        new("offers", OffersCommand.Make),
        new("plan", PlanCommand.Make),
        new("rehearse", RehearseCommand.Make),
        new("simulate", SimulateCommand.Make),
        new("run", RunCommand.Make),
        new("adopt", AdoptCommand.Make),
        new("wait", WaitCommand.Make),
        new("ps", PsCommand.Make),
        new("show", ShowCommand.Make),
        new("dashboard", DashboardCommand.Make),
        new("cost", CostCommand.Make),
        new("budget", BudgetCommand.Make),
        new("doctor", DoctorCommand.Make),
        new("storage", StorageCommand.Make),
        new("clocks", ClocksCommand.Make),
        new("sweep-account", SweepAccountCommand.Make),
        new("volume", VolumeCommand.Make),
        new("logs", LogsCommand.Make),
        new("events", EventsCommand.Make),
        new("ssh", SshCommand.Make),
        new("ssh-url", SshUrlCommand.Make),
        new("ssh-config", SshConfigCommand.Make),
        new("open", OpenCommand.Make),
        new("ports", PortsCommand.Make),
        new("inspect-rental", InspectRentalCommand.Make),
        new("exec", ExecCommand.Make),
        new("pull", PullCommand.Make),
        new("verify", VerifyCommand.Make),
        new("copy", CopyCommand.Make),
        new("inspect", InspectCommand.Make),
        new("drill", DrillCommand.Make),
        new("gate", GateCommand.Make),
        new("approve", ApproveCommand.Make),
        new("down", DownCommand.Make),
        new("explain", ExplainCommand.Make),
        new("profile", ProfileCommand.Make),
        new("webhook", WebhookCommand.Make),
        new("server", ServerCommand.Make),
        new("serve", ServeCommand.Make),
        new("token", TokenCommand.Make),
        new("audit", AuditCommand.Make),
        new("keys", KeysCommand.Make),
        new("db", DbCommand.Make),
        new("market", MarketCommand.Make),
        new("self-check", SelfCheckCommand.Make),
        new("mcp", McpCommand.Make),
        new("completions", CompletionsCommand.Make),
        new("complete", CompletionsCommand.MakeAnswer),
        new("man", ManCommand.Make),
        new("schema", SchemaCommand.Make),
    ];

    /// <summary>All of it.</summary>
    public static RootCommand Make(Surroundings around) => Of(around, All);

    /// <summary>As much of it as this command line needs: where a command is named first, that one alone. Making them all takes longer than most commands do.</summary>
    public static RootCommand Make(Surroundings around, IReadOnlyList<string> arguments) =>
        arguments.Count > 0 && Array.Find(All, listed => listed.Name == arguments[0]) is { } named ? Of(around, [named]) : Make(around);

    private static RootCommand Of(Surroundings around, Listed[] commands)
    {
        var root = new RootCommand("Runs a long GPU job on a machine you rent, and leaves with everything that is yours.");
        root.Options.Add(Shared.Json());
        foreach (var listed in commands)
            root.Subcommands.Add(listed.Make(around));
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction usual)
                option.Action = new HelpWithExamples(usual);
        }

        return root;
    }

    /// <param name="Name">The command's own, known before it is made.</param>
    private sealed record Listed(string Name, Func<Surroundings, Verb> Make);
}

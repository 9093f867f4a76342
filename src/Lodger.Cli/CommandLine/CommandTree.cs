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

    public static RootCommand Make(Surroundings around)
    {
        var root = new RootCommand("Runs a long GPU job on a machine you rent, and leaves with everything that is yours.");
        root.Options.Add(Shared.Json);
        Verb[] verbs =
        [
            DemoCommand.Make(around),
            LoginCommand.Make(around),
            InitCommand.Make(around),
            ImportCommand.Make(around),
            OffersCommand.Make(around),
            PlanCommand.Make(around),
            RehearseCommand.Make(around),
            SimulateCommand.Make(around),
            RunCommand.Make(around),
            AdoptCommand.Make(around),
            WaitCommand.Make(around),
            PsCommand.Make(around),
            ShowCommand.Make(around),
            DashboardCommand.Make(around),
            CostCommand.Make(around),
            BudgetCommand.Make(around),
            DoctorCommand.Make(around),
            StorageCommand.Make(around),
            ClocksCommand.Make(around),
            SweepAccountCommand.Make(around),
            VolumeCommand.Make(around),
            LogsCommand.Make(around),
            EventsCommand.Make(around),
            SshCommand.Make(around),
            SshUrlCommand.Make(around),
            SshConfigCommand.Make(around),
            OpenCommand.Make(around),
            PortsCommand.Make(around),
            InspectRentalCommand.Make(around),
            ExecCommand.Make(around),
            PullCommand.Make(around),
            VerifyCommand.Make(around),
            CopyCommand.Make(around),
            InspectCommand.Make(around),
            DrillCommand.Make(around),
            GateCommand.Make(around),
            ApproveCommand.Make(around),
            DownCommand.Make(around),
            ExplainCommand.Make(around),
            ProfileCommand.Make(around),
            WebhookCommand.Make(around),
            ServerCommand.Make(around),
            ServeCommand.Make(around),
            TokenCommand.Make(around),
            AuditCommand.Make(around),
            KeysCommand.Make(around),
            DbCommand.Make(around),
            MarketCommand.Make(around),
            SelfCheckCommand.Make(around),
            McpCommand.Make(around),
            CompletionsCommand.Make(around),
            CompletionsCommand.MakeAnswer(around),
            ManCommand.Make(around),
            SchemaCommand.Make(around),
        ];
        foreach (var verb in verbs)
            root.Subcommands.Add(verb);
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction usual)
                option.Action = new HelpWithExamples(usual);
        }

        return root;
    }
}

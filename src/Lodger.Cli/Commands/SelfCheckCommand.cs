using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Marketplace.Sandbox;
using Lodger.Remote.Processes;
using Lodger.Vast.Credentials;

namespace Lodger.Cli.Commands;

/// <summary>How one thing that Lodger needs stands.</summary>
/// <param name="Need">What it is.</param>
/// <param name="State"><c>ok</c>; <c>missing</c>: Lodger cannot work; <c>limited</c>: something that one may not need cannot.</param>
/// <param name="Found">What was seen.</param>
/// <param name="Fix">What to type; empty when it is ok.</param>
internal sealed record SelfCheckItem(string Need, string State, string Found, string Fix);

/// <summary><c>lodger self-check</c>: whether this machine has what Lodger needs. Starts no server, asks no platform.</summary>
internal static class SelfCheckCommand
{
    private const string Ok = "ok";
    private const string Missing = "missing";
    private const string Limited = "limited";
    private const long RoomBytesMin = 1L << 30;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    public static Verb Make(Surroundings around) =>
        new Verb("self-check", "Say whether this machine has what Lodger needs, and what to type where it has not; starts nothing")
        {
            Examples = ["lodger self-check", "lodger self-check --json"],
            Exits = [ExitCode.Prerequisite],
        }
        .Does(async (_, token) =>
        {
            var items = await LookAsync(around, token);
            if (around.Screen.IsJson)
                around.Screen.Json([.. items], CliJson.Default.SelfCheckItemArray);
            else
                Write(around.Screen, items);
            return items.Any(i => i.State == Missing) ? ExitCode.Prerequisite : ExitCode.Ok;
        });

    private static async Task<List<SelfCheckItem>> LookAsync(Surroundings around, CancellationToken cancellationToken)
    {
        List<SelfCheckItem> items =
        [
            new("lodger", Ok, $"{OwnProgram.Version}, build {around.Program.Build}, .NET {Environment.Version}, {System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}", ""),
            await ProgramAsync(around, "ssh", ["-V"], "apt-get install openssh-client", Missing, cancellationToken),
            await ProgramAsync(around, "ssh-keygen", null, "apt-get install openssh-client", Missing, cancellationToken),
            Rsync(await ProgramAsync(around, "rsync", ["--version"], "apt-get install rsync", Missing, cancellationToken)),
            await ProgramAsync(around, "setsid", ["--version"], "apt-get install util-linux", Missing, cancellationToken),
            await ProgramAsync(around, "rclone", ["version"], "apt-get install rclone   (for lodger copy and copies: to a cloud)", Limited, cancellationToken),
        ];
        await foreach (var item in PlacesAsync(around, cancellationToken))
            items.Add(item);
        items.Add(Accounts(around));
        items.Add(await SandboxesAsync(cancellationToken));
        items.Add(Dashboard());
        return items;
    }

    /// <param name="versionArguments">Make it say its version; null: nothing does, so it is only looked for.</param>
    private static async Task<SelfCheckItem> ProgramAsync(Surroundings around, string program, string[]? versionArguments, string fix, string otherwise, CancellationToken cancellationToken)
    {
        if (versionArguments is null)
        {
            return (around.Variable("PATH") ?? "").Split(':').Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists) is { } path
                ? new(program, Ok, path, "")
                : new(program, otherwise, "not on the PATH", fix);
        }

        var command = new ChildCommand { Program = program, Arguments = versionArguments, Timeout = Bound, MaxOutputBytes = 64 * 1024 };
        if (!(await ChildProcess.RunAsync(command, TimeProvider.System, cancellationToken)).TryGet(out var result, out _))
            return new(program, otherwise, "not on the PATH", fix);
        var said = result.OutputText + result.ErrorText;
        return result.Succeeded ? new(program, Ok, said.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) ?? "", "") : new(program, otherwise, $"it failed: {said.Trim()}", fix);
    }

    /// <summary>Older ones let a sender choose names that nobody asked for (CVE-2022-29154). Distributions mend that without another version, so it is no more than said.</summary>
    internal static SelfCheckItem Rsync(SelfCheckItem seen) =>
        seen.State == Ok && seen.Found.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "version", var stated, ..] && Version.TryParse(stated.TrimStart('v'), out var version) && version < new Version(3, 2, 5)
            ? seen with { State = Limited, Found = $"version {version}: a hostile machine may send files that nobody asked for, unless your distribution has mended it (CVE-2022-29154)", Fix = "apt-get install --only-upgrade rsync   (3.2.5 or newer)" }
            : seen;

    private static async IAsyncEnumerable<SelfCheckItem> PlacesAsync(Surroundings around, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = around.Places().Then(p => p.Prepare().Then<Places>(_ => p));
        if (!found.TryGet(out var places, out var problem))
        {
            yield return new("state", Missing, problem.Message, problem.Fix);
            yield break;
        }

        var room = new DriveInfo(places.State).AvailableFreeSpace;
        yield return room < RoomBytesMin
            ? new("state", Limited, $"{places.State}, {Figures.Bytes(room)} free", "Make room: the journal and the copies of checkpoints lie on this disk.")
            : new("state", Ok, $"{places.State}, {Figures.Bytes(room)} free", "");
        if (RemoteServer.Named(around) is { } elsewhere)
        {
            yield return RemoteServer.Open(around, places, elsewhere).TryGet(out var remote, out var closed) ? new("server", Ok, $"{elsewhere} ({RemoteServer.AddressVariable})", "") : new("server", Missing, closed.Message, closed.Fix);
            remote?.Dispose();
        }
        else
        {
            yield return !(await new ServerDoor(around, places).LookAsync(cancellationToken)).TryGet(out var running, out var silent) ? new("server", Missing, silent.Message, silent.Fix)
                : running is not null ? new("server", Ok, $"process {running.ProcessId}, {Figures.Of(running.OpenJobs, "open job")}{(running.Build == around.Program.Build ? "" : ", of another build")}", "")
                : new("server", Ok, "does not run; the first command that needs it starts it", "");
        }
    }

    private static SelfCheckItem Accounts(Surroundings around)
    {
        var stored = ApiKeys.Accounts(around.Environment);
        var official = ApiKeys.Official(around.Environment);
        foreach (var name in stored)
        {
            if (AccountNames.KeyOf(around.Environment, name) is { IsOk: false, Problem: { } bad })
                return new("accounts", Missing, $"{name}: {bad.Message}", bad.Fix);
        }

        IReadOnlyList<string> all = official.IsOk ? [.. stored, $"the official client's key ({official.Value.Source})"] : stored;
        return all.Count > 0 ? new("accounts", Ok, string.Join(", ", all), "") : new("accounts", Limited, "none: only the local marketplace can be used", "lodger login");
    }

    private static async Task<SelfCheckItem> SandboxesAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            return new("local marketplace", Limited, "it makes its machines out of Linux namespaces", "Rehearse on a Linux machine; renting works from here.");
        await using var host = new BubblewrapSandboxHost();
        var missing = await host.FindMissingAsync(cancellationToken);
        return missing.Count == 0
            ? new("local marketplace", Ok, "machines can be made here", "")
            : new("local marketplace", Limited, string.Join(' ', missing.SkipLast(missing.Count > 1 ? 1 : 0)), missing.Count > 1 ? missing[^1] : "");
    }

    private static SelfCheckItem Dashboard() =>
        File.Exists(Path.Combine(AppContext.BaseDirectory, "dashboard", "index.html"))
            ? new("dashboard", Ok, "lodger dashboard", "")
            : new("dashboard", Limited, "it was not built into this program: Node was not there", "Install Node 18 or newer with npm, and build Lodger again.");

    private static void Write(Screen screen, List<SelfCheckItem> items)
    {
        var width = items.Max(i => i.Need.Length);
        foreach (var item in items)
        {
            var mark = item.State switch { Ok => "[green]ok[/]     ", Missing => "[red]missing[/]", _ => "[yellow]limited[/]" };
            screen.Hang($"  {mark}  {item.Need.PadRight(width)}  ", item.Found);
            if (item.Fix.Length > 0)
                screen.Hang(new string(' ', width + 13), item.Fix);
        }

        screen.Line();
        screen.Line(items.Exists(i => i.State == Missing) ? "  Something that Lodger needs is missing here." : "  Everything that Lodger needs is here.  lodger demo  shows it at work.");
    }
}

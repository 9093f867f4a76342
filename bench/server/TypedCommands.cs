using Lodger.Cli.Composition;
using Lodger.Server.Client;

namespace Lodger.Bench.Server;

/// <summary>The commands that are typed here and that the server carries out, as between a server and a command of one build: both are of these sources.</summary>
internal static class TypedCommands
{
    public static string Build { get; } = OwnProgram.BuildIn(Path.GetDirectoryName(Stage.Program)!);

    private static readonly Surroundings Around = Surroundings.OfProcess() with { Program = OwnProgram.Running with { Build = Build } };

    public static Func<CancellationToken, Task<CommandSaid>>? Take(IReadOnlyList<string> parts) => Handover.Take(Around, parts);
}

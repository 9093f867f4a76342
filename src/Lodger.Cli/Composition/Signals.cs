using System.Runtime.InteropServices;

namespace Lodger.Cli.Composition;

/// <summary>What .NET has no call for: a signal to a process that is not our child.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Term = 15;

    public static void Send(int processId, int signal) => _ = NativeKill(processId, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativeKill(int processId, int signal);
}

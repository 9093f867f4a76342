using System.Text;
using Lodger.Artifacts;
using Lodger.Domain.Jobs;

namespace Lodger.Engine.Doctor;

/// <summary>The end of a command's log, where it was brought home.</summary>
internal static class LogAtHome
{
    public const int TailBytes = 16 * 1024;

    /// <summary>Null: it is not here, or cannot be read.</summary>
    public static string? End(JobState state)
    {
        var path = Path.Combine(state.Submission.ResultsDirectory, BundleLayout.OwnDirectory, "run.log");
        try
        {
            if (!File.Exists(path))
                return null;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Seek(-Math.Min(file.Length, TailBytes), SeekOrigin.End);
            var buffer = new byte[TailBytes];
            return Encoding.UTF8.GetString(buffer, 0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

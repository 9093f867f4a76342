using Lodger.Domain.Problems;

namespace Lodger.Cli.Text;

/// <summary>A file that a command writes for somebody, and never over one that is there.</summary>
internal static class NewFile
{
    /// <param name="asTyped">What the problem calls it.</param>
    /// <returns>Null when it is written.</returns>
    public static Problem? Write(string path, string asTyped, string text, string fix)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            using var writer = new StreamWriter(stream);
            writer.Write(text);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("spec-not-written", File.Exists(path) ? $"{asTyped} exists already and was left as it is." : $"{asTyped} cannot be written: {e.Message}", fix, ExitCode.BadInput);
        }
    }
}

using System.Text;

namespace Lodger.Cli.Terminal;

/// <summary>A line typed at the terminal without an echo.</summary>
internal static class HiddenLine
{
    private const int CharactersMax = 8192;

    public static string Read(TextWriter echo)
    {
        var line = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                line.Length = Math.Max(0, line.Length - 1);
            else if (!char.IsControl(key.KeyChar) && line.Length < CharactersMax)
                line.Append(key.KeyChar);
        }

        echo.WriteLine();
        return line.ToString();
    }
}

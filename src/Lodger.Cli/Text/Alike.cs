namespace Lodger.Cli.Text;

/// <summary>What holds of several jobs, said once.</summary>
internal static class Alike
{
    private const int NamesMax = 3;

    /// <summary><c>digits</c>; of several <c>5 jobs (a, b, c and 2 more)</c>.</summary>
    public static string Jobs(IReadOnlyList<string> names) => names.Count == 1 ? names[0] : $"{Figures.Of(names.Count, "job")} ({Cut(names)})";

    /// <summary><c>a, b, c and 2 more</c></summary>
    public static string Cut(IReadOnlyList<string> names) => string.Join(", ", names.Take(NamesMax)) + (names.Count > NamesMax ? $" and {names.Count - NamesMax} more" : "");
}

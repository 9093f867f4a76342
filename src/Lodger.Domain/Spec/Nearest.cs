namespace Lodger.Domain.Spec;

/// <summary>Finds what somebody probably meant to write.</summary>
public static class Nearest
{
    /// <summary>The known word that is fewest edits away, or null when none is near enough to be worth saying.</summary>
    public static string? To(string written, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(written);
        ArgumentNullException.ThrowIfNull(known);

        // A third of the word may be wrong; longer input is not worth measuring.
        if (written.Length is 0 or > 64)
            return null;

        string lower = written.ToLowerInvariant();
        var best = known.Select(word => (word, edits: Edits(lower, word.ToLowerInvariant()))).DefaultIfEmpty((word: "", edits: int.MaxValue)).MinBy(pair => pair.edits);
        return best.edits <= Math.Max(1, lower.Length / 3) ? best.word : null;
    }

    /// <summary>Edits as Damerau counts them in their restricted form: insert, delete, replace, swap two neighbours.</summary>
    private static int Edits(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}

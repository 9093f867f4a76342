namespace Lodger.Domain.Problems;

/// <summary>What somebody probably meant.</summary>
public static class NearestWord
{
    /// <summary>Fewer letters begin too many words to say which was meant.</summary>
    private const int BeginningMin = 3;

    /// <summary>The candidate with the fewest changed letters, at most a third of the word, else the only one that begins with it; null when nothing is near.</summary>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(word);
        var limit = Math.Max(1, word.Length / 3);
        string[] all = [.. candidates];
        return all
            .Where(c => Math.Abs(c.Length - word.Length) <= limit)
            .Select(c => (Word: c, Distance: Distance(word, c)))
            .Where(c => c.Distance <= limit)
            .OrderBy(c => c.Distance)
            .ThenBy(c => c.Word, StringComparer.Ordinal)
            .Select(c => c.Word)
            .FirstOrDefault()
            ?? (word.Length >= BeginningMin && all.Where(c => c.StartsWith(word, StringComparison.Ordinal)).ToArray() is [var only] ? only : null);
    }

    /// <summary>Letters to insert, delete, replace, or swap with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        var distances = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
                distances[i, j] = i == 0 ? j : j == 0 ? i : Cheapest(i, j);
        }

        return distances[a.Length, b.Length];

        int Cheapest(int i, int j)
        {
            var replaced = distances[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            var cheapest = Math.Min(replaced, Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1);
            return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] ? Math.Min(cheapest, distances[i - 2, j - 2] + 1) : cheapest;
        }
    }
}

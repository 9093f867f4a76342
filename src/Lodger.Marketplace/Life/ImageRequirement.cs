using System.Globalization;
using System.Text.RegularExpressions;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Life;

/// <summary>
/// What NVIDIA's images demand of a host in <c>NVIDIA_REQUIRE_CUDA</c>, and its container runtime checks before it starts one. Images are names only here, so the environment of the
/// create call stands for the image's.
/// </summary>
internal static partial class ImageRequirement
{
    private const string Variable = "NVIDIA_REQUIRE_CUDA";

    /// <summary>What the runtime says; null: the host will do, or nothing is demanded.</summary>
    public static string? Unmet(Contract contract, HostMachine machine)
    {
        // Alternatives are parted by spaces, the conditions of one by commas.
        var alternatives = contract.Env.LastOrDefault(e => e.Name == Variable)?.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return alternatives.Length == 0 || alternatives.Any(a => a.Split(',').All(c => Holds(c, machine)))
            ? null
            : $"nvidia-container-cli: requirement error: unsatisfied condition: {alternatives[0].Split(',')[0]}, please update your driver to a newer version, or use an earlier cuda container: unknown";
    }

    private static bool Holds(string condition, HostMachine machine)
    {
        if (Condition().Match(condition) is not { Success: true } match)
            return false;
        var (key, sign, value) = (match.Groups["key"].Value, match.Groups["sign"].Value, match.Groups["value"].Value);
        if (key == "brand") return value == (machine.Gpu.Name.Contains("TX ", StringComparison.Ordinal) ? "geforce" : "tesla");
        var order = Number(key == "cuda" ? machine.CudaMax : machine.DriverVersion).CompareTo(Number(value));
        return sign switch { ">=" => order >= 0, "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order == 0 };
    }

    /// <summary>Major and minor of a version.</summary>
    private static decimal Number(string version) =>
        decimal.TryParse(string.Join('.', version.Split('.').Take(2)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"^(?<key>cuda|driver|brand)(?<sign>>=|<=|<|>|=)(?<value>[A-Za-z0-9.]{1,20})\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Condition();
}

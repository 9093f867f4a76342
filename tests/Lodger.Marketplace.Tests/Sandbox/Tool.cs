using System.Diagnostics;

namespace Lodger.Marketplace.Tests.Sandbox;

/// <summary>Outcome of one program, run to its end.</summary>
internal sealed record Tool(int Status, string Output, string Error)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task<Tool> RunAsync(string program, IReadOnlyList<string> arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(Limit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It did not want to hear us out.
        }
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new Tool(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end.", late);
        }
    }

    /// <summary>Standard output of a program that must succeed.</summary>
    public Tool Must()
    {
        Status.ShouldBe(0, $"{Output}{Error}");
        return this;
    }
}

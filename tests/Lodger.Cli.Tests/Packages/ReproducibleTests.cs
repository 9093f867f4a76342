using Lodger.Cli.Tests.Docs;

namespace Lodger.Cli.Tests.Packages;

/// <summary>A release is the same whoever makes it, wherever the tree lies.</summary>
public sealed class ReproducibleTests
{
    [Fact]
    public void A_project_has_one_class_with_generated_log_lines_for_several_come_in_another_order_in_each_build()
    {
        foreach (var project in Directory.EnumerateDirectories(Path.Combine(Page.Root, "src")))
        {
            Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)
                .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && File.ReadAllText(f).Contains("[LoggerMessage(", StringComparison.Ordinal))
                .Select(Path.GetFileName).Count().ShouldBeLessThan(2, project);
        }
    }
}

using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class PathRulesTests
{
    [Theory]
    [InlineData("/workspace/digits", true)]
    [InlineData("/workspace/digits/", true)]
    [InlineData("/workspace/a/b.c/..d", true)]
    [InlineData("/workspace", false)]
    [InlineData("/workspace/", false)]
    [InlineData("/workspace//", false)]
    [InlineData("/workspace2/digits", false)]
    [InlineData("/work", false)]
    [InlineData("/root/digits", false)]
    [InlineData("workspace/digits", false)]
    [InlineData("/workspace//digits", false)]
    [InlineData("/workspace/./digits", false)]
    [InlineData("/workspace/../root", false)]
    [InlineData("/workspace/a/..", false)]
    public void A_job_works_in_a_directory_of_its_own_inside_the_data_directory(string path, bool isGood)
    {
        foreach (var data in (string[])["/workspace", "/workspace/"])
        {
            if (isGood)
                PathRules.Workdir(path, data).ShouldBeNull();
            else
                PathRules.Workdir(path, data).ShouldNotBeNull().ShouldEndWith("workdir: /workspace/my-job");
        }
    }

    [Theory]
    [InlineData("", "needed")]
    [InlineData("  ", "needed")]
    [InlineData("/workspace/a\\b", "written with /")]
    [InlineData("/workspace/a\u001b[2J", "control characters")]
    [InlineData("/workspace/a\nb", "control characters")]
    public void A_path_that_cannot_be_written_down_is_told_so_wherever_it_stands(string path, string says)
    {
        PathRules.Workdir(path, "/workspace").ShouldNotBeNull().ShouldContain(says);
        PathRules.Below(path, "the workdir").ShouldNotBeNull().ShouldContain(says);
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public void A_path_has_at_most_512_characters(int length, bool isGood)
    {
        var said = PathRules.Below(new string('a', length), "the workdir");
        (said is null).ShouldBe(isGood);
        (said ?? "512").ShouldContain("512");
    }

    [Theory]
    [InlineData("/etc/passwd", "cannot begin with /")]
    [InlineData("~/x", "cannot begin with /")]
    [InlineData("a/../../b", "leave out the ..")]
    [InlineData("..", "leave out the ..")]
    public void What_would_lead_out_of_the_workdir_is_told_how_it_would(string path, string says) =>
        PathRules.Below(path, "the workdir").ShouldNotBeNull().ShouldSatisfyAllConditions(s => s.ShouldContain(says), s => s.ShouldContain("the workdir"));

    [Theory]
    [InlineData("/workspace/volume", true)]
    [InlineData("/workspace/a_b/c-d.1", true)]
    [InlineData("/workspace", false)]
    [InlineData("/mnt/volume", false)]
    [InlineData("/workspace/my volume", false)]
    [InlineData("/workspace/a:ro", false)]
    [InlineData("/workspace/ä", false)]
    [InlineData("/workspace/a;b", false)]
    [InlineData("", false)]
    public void A_volume_is_attached_at_one_plain_word_inside_the_data_directory(string path, bool isGood)
    {
        if (isGood)
            PathRules.Mount(path, "/workspace/").ShouldBeNull();
        else
            PathRules.Mount(path, "/workspace/").ShouldNotBeNull().ShouldEndWith("path: /workspace/volume");
    }
}

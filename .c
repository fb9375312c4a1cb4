#define main main_of_file
#include ""
#undef main
int main(int argc, char **argv)
{
